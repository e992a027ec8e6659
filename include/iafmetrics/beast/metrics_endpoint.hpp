// SPDX-License-Identifier: Apache-2.0
// metrics_endpoint: the answer to GET /metrics, for any Beast server.
#pragma once

#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>

#include <boost/beast/http.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::beast {

/// Answers scrapes.
///
///     iafmetrics::beast::metrics_endpoint endpoint{registry};
///     if (endpoint.matches(request)) response = endpoint(request);
///
/// GET and HEAD are answered, other methods refused with 405 and Allow. The path is /metrics; a query is
/// tolerated.
///
/// Threads:  any number at a time.
/// Cost:     one page in memory per scrape under way.
/// Lifetime: shorter than that of the registry.
class metrics_endpoint {
public:
    using response = boost::beast::http::response<boost::beast::http::string_body>;

    explicit metrics_endpoint(registry const& metrics, std::string path = "/metrics")
        : metrics_(metrics), path_(std::move(path))
    {}

    /// Is the request's target this endpoint?
    template <class Body, class Fields>
    [[nodiscard]] bool matches(boost::beast::http::request<Body, Fields> const& request) const noexcept
    {
        std::string_view const target(request.target().data(), request.target().size());
        return target.substr(0, target.find('?')) == path_;
    }

    /// The answer to a request, ready to be written.
    template <class Body, class Fields>
    [[nodiscard]] response operator()(boost::beast::http::request<Body, Fields> const& request) const
    {
        response answer = (*this)(request.method());
        answer.version(request.version());
        answer.keep_alive(request.keep_alive());
        return answer;
    }

    /// The answer to a method, for a server that sets version and keep-alive itself.
    [[nodiscard]] response operator()(boost::beast::http::verb method) const
    {
        namespace beast_http = boost::beast::http;
        bool const is_head = method == beast_http::verb::head;
        bool const is_allowed = is_head || method == beast_http::verb::get;
        response answer(is_allowed ? beast_http::status::ok : beast_http::status::method_not_allowed, 11);
        std::string_view const type =
            is_allowed ? exposition::text_content_type : "text/plain; charset=utf-8";
        answer.set(beast_http::field::content_type, type);
        answer.set(beast_http::field::cache_control, "no-store");
        if (!is_allowed) answer.set(beast_http::field::allow, "GET, HEAD");
        std::string page = is_allowed ? exposition::text(metrics_) : "use GET or HEAD\n";
        answer.content_length(page.size());
        if (!is_head) answer.body() = std::move(page);
        return answer;
    }

private:
    registry const& metrics_;
    std::string path_;
};

}  // namespace iafmetrics::inline v0::beast
