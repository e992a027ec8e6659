// SPDX-License-Identifier: Apache-2.0
// metrics_endpoint: the answer to GET /metrics, for any Beast server.
#pragma once

#include <iafmetrics/beast/content_coding.hpp>
#include <iafmetrics/beast/detail/accepted_codings.hpp>
#include <iafmetrics/exposition/format.hpp>
#include <iafmetrics/exposition/negotiation.hpp>
#include <iafmetrics/exposition/page.hpp>
#include <iafmetrics/registry.hpp>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
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
/// tolerated, and so is the absolute form that a proxy sends: `GET http://shop:9090/metrics`. A page has the format that
/// the request's Accept prefers, text 0.0.4 where it has none (exposition/negotiation.hpp), and is compressed where the
/// endpoint offers a coding that the request prefers.
///
/// Threads:  any number at a time.
/// Cost:     one page in memory per scrape under way, compressed where it is sent so.
/// Lifetime: shorter than that of the registry.
class metrics_endpoint {
public:
    using response = boost::beast::http::response<boost::beast::http::string_body>;

    explicit metrics_endpoint(registry const& metrics,
                              std::string path = "/metrics",
                              std::optional<content_coding> coding = {},
                              exposition::page_options page = {})
        : metrics_(metrics), path_(std::move(path)), coding_(coding), page_(page)
    {}

    /// Is the request's target this endpoint?
    template <class Body, class Fields>
    [[nodiscard]] bool matches(boost::beast::http::request<Body, Fields> const& request) const noexcept
    {
        return path_of({request.target().data(), request.target().size()}) == path_;
    }

    /// The answer to a request, ready to be written.
    template <class Body, class Fields>
    [[nodiscard]] response operator()(boost::beast::http::request<Body, Fields> const& request) const
    {
        exposition::accepted_formats formats{exposition::written_formats};
        detail::accepted_codings codings(coding_ ? coding_->name : "");
        each(request, boost::beast::http::field::accept, formats);
        each(request, boost::beast::http::field::accept_encoding, codings);
        response answer = make(request.method(), formats.best(), coding_ && codings.prefers_it());
        answer.version(request.version());
        answer.keep_alive(request.keep_alive());
        return answer;
    }

    /// What a request says about the answer that it wants, its lines of one name joined by commas.
    struct accepted {
        std::string_view accept{};
        std::string_view accept_encoding{};
    };

    /// The answer to a method, for a server that has no Beast request, and sets version and keep-alive itself.
    ///
    ///     endpoint(method, {.accept = header("Accept"), .accept_encoding = header("Accept-Encoding")})
    [[nodiscard]] response operator()(boost::beast::http::verb method, accepted const& by_client) const
    {
        exposition::accepted_formats formats{exposition::written_formats};
        detail::accepted_codings codings(coding_ ? coding_->name : "");
        formats.read(by_client.accept);
        codings.read(by_client.accept_encoding);
        return make(method, formats.best(), coding_ && codings.prefers_it());
    }
    [[nodiscard]] response operator()(boost::beast::http::verb method) const
    {
        return (*this)(method, accepted{});
    }

private:
    template <class Request, class Reader>
    static void each(Request const& request, boost::beast::http::field name, Reader& reader)
    {
        auto const fields = request.equal_range(name);
        for (auto field = fields.first; field != fields.second; ++field)
            reader.read({field->value().data(), field->value().size()});
    }

    [[nodiscard]] response
    make(boost::beast::http::verb method, exposition::format const& format, bool is_coded) const
    {
        namespace beast_http = boost::beast::http;
        bool const is_head = method == beast_http::verb::head;
        bool const is_allowed = is_head || method == beast_http::verb::get;
        response answer(is_allowed ? beast_http::status::ok : beast_http::status::method_not_allowed, 11);
        std::string_view const type =
            is_allowed ? exposition::content_type(format) : "text/plain; charset=utf-8";
        answer.set(beast_http::field::content_type, type);
        answer.set(beast_http::field::cache_control, "no-store");
        if (!is_allowed) answer.set(beast_http::field::allow, "GET, HEAD");
        if (is_allowed) answer.set(beast_http::field::vary, "Accept, Accept-Encoding");
        if (is_allowed && is_coded) answer.set(beast_http::field::content_encoding, coding_->name);
        std::string page = !is_allowed ? "use GET or HEAD\n" : is_coded ? coded(format) : plain(format);
        answer.content_length(page.size());
        if (!is_head) answer.body() = std::move(page);
        return answer;
    }

    /// With room for what the last one took and a little more: a page of 100,000 series that grows from nothing takes
    /// three times as long.
    [[nodiscard]] std::string plain(exposition::format const& format) const
    {
        std::string page;
        page.reserve(expected_size_->load(std::memory_order_relaxed));
        exposition::write_page(metrics_, format, [&](std::string_view piece) { page += piece; }, page_);
        expected_size_->store(page.size() + page.size() / 16, std::memory_order_relaxed);
        return page;
    }

    [[nodiscard]] std::string coded(exposition::format const& format) const
    {
        auto const encoder = coding_->start();
        exposition::write_page(
            metrics_, format, [&](std::string_view piece) { encoder->write(piece); }, page_);
        return encoder->finish();
    }

    /// RFC 9112, 3.2: "/metrics" of "/metrics?x=1" and of "http://host/metrics"; an empty path is "/".
    static std::string_view path_of(std::string_view target) noexcept
    {
        target = target.substr(0, target.find('?'));
        for (std::string_view const scheme : {"http://", "https://"}) {
            if (!boost::beast::iequals(target.substr(0, scheme.size()), scheme)) continue;
            std::size_t const path = target.find('/', scheme.size());
            return path == std::string_view::npos ? "/" : target.substr(path);
        }
        return target;
    }

    registry const& metrics_;
    std::string path_;
    std::optional<content_coding> coding_;
    exposition::page_options page_;
    std::shared_ptr<std::atomic<std::size_t>> expected_size_ =  // of a page; copies learn from each other
        std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace iafmetrics::inline v0::beast
