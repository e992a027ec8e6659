// SPDX-License-Identifier: Apache-2.0
// refusal_answers: what a metrics_server says to whom it turns away, counted by reason.
#pragma once

#include <iafmetrics/beast/detail/head_check.hpp>
#include <iafmetrics/beast/detail/text_answer.hpp>
#include <iafmetrics/beast/metrics_endpoint.hpp>
#include <iafmetrics/beast/serve_options.hpp>
#include <iafmetrics/http/access.hpp>

#include <boost/beast/http.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::beast::detail {

/// The reasons are those of http_service. Lifetime: shorter than that of the options.
class refusal_answers {
public:
    using response = metrics_endpoint::response;
    using status = boost::beast::http::status;

    explicit refusal_answers(serve_options const& options) noexcept : options_(options) {}

    void count(std::string_view reason) const noexcept
    {
        if (options_.metrics != nullptr) options_.metrics->refused.with(reason).increment();
    }

    /// To a header section.
    [[nodiscard]] response to(head::refusal const& no) const
    {
        bool const is_large = no.status == status::request_header_fields_too_large;
        count(is_large ? "header_too_large" : "malformed");
        return text_answer(no.status, no.reason + '\n');
    }

    /// To who may not pass.
    [[nodiscard]] response to(http::access said) const
    {
        std::string words = std::string(http::words_of(said)) + '\n';
        if (said == http::access::unauthorized) {
            count("unauthorized");
            response made = text_answer(status::unauthorized, std::move(words));
            made.set(boost::beast::http::field::www_authenticate, options_.authorize.challenge());
            return made;
        }
        if (said == http::access::rate_limited)
            return later("rate_limit", status::too_many_requests, std::move(words));
        return later("check_limit", status::service_unavailable, std::move(words));
    }

    [[nodiscard]] response to_scrape_in_line() const
    {
        return later("scrape_limit", status::service_unavailable, "too many scrapes at once\n");
    }

    [[nodiscard]] response to_other_path() const
    {
        count("not_found");
        return text_answer(status::not_found, "not found\n");
    }

    [[nodiscard]] response to_other_method() const
    {
        count("method_not_allowed");
        response made = text_answer(status::method_not_allowed, "use GET or HEAD\n");
        made.set(boost::beast::http::field::allow, "GET, HEAD");
        return made;
    }

private:
    [[nodiscard]] response later(std::string_view reason, status answered, std::string text) const
    {
        count(reason);
        response made = text_answer(answered, std::move(text));
        made.set(boost::beast::http::field::retry_after, "1");
        return made;
    }

    serve_options const& options_;
};

}  // namespace iafmetrics::inline v0::beast::detail
