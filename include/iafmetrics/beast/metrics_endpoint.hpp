// SPDX-License-Identifier: Apache-2.0
// metrics_endpoint: the answer to GET /metrics, for any Beast server.
#pragma once

#include <iafmetrics/beast/content_coding.hpp>
#include <iafmetrics/beast/detail/accepted_codings.hpp>
#include <iafmetrics/beast/scrape_metrics.hpp>
#include <iafmetrics/exposition/format.hpp>
#include <iafmetrics/exposition/name_filter.hpp>
#include <iafmetrics/exposition/negotiation.hpp>
#include <iafmetrics/exposition/page.hpp>
#include <iafmetrics/exposition/selection.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/timer.hpp>
#include <iafmetrics/visit_deadline.hpp>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http.hpp>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::beast {

struct endpoint_options {
    std::string path = "/metrics";
    std::optional<content_coding> coding = {};  ///< offered to who accepts it: gzip, of beast/gzip.hpp
    exposition::page_options page = {};
    std::size_t scrape_limit = 0;  ///< pages under way at a time, 503 beyond; 0: any number
    /// A page is ready so long before the scraper's own deadline, or a quarter of it where that is less.
    std::chrono::milliseconds timeout_margin{500};
    scrape_metrics* metrics = nullptr;  ///< of the endpoint itself; null: none
};

/// Answers scrapes.
///
///     iafmetrics::beast::metrics_endpoint endpoint{registry};
///     if (endpoint.matches(request)) response = endpoint(request);
///
/// GET and HEAD are answered, other methods refused with 405 and Allow. The path is /metrics, and so it is in
/// the absolute form that a proxy sends: `GET http://shop:9090/metrics`. A page has the format that
/// the request's Accept prefers, text 0.0.4 where it has none (exposition/negotiation.hpp), and is compressed where the
/// endpoint offers a coding that the request prefers.
///
/// A query `name[]=up&name[]=shop_orders_total` asks for those metrics alone (exposition/name_filter.hpp). With
/// X-Prometheus-Scrape-Timeout-Seconds, which Prometheus sends, a page does not wait longer than that, less
/// timeout_margin, for callbacks and collectors: it is whole without those that are not ready, a collector that never
/// returns among them, and iafmetrics_collectors_left_out_total tells. See registry::visit.
///
/// Threads:  any number at a time.
/// Cost:     one page in memory per scrape under way, compressed where it is sent so. begin() counts a scrape until its
///           page is sent, operator() until it is made.
/// Lifetime: shorter than that of the registry.
class metrics_endpoint {
public:
    using response = boost::beast::http::response<boost::beast::http::string_body>;

    explicit metrics_endpoint(registry const& metrics,
                              std::string path = "/metrics",
                              std::optional<content_coding> coding = {},
                              exposition::page_options page = {})
        : metrics_endpoint(metrics, endpoint_options{.path = std::move(path), .coding = coding, .page = page})
    {}

    metrics_endpoint(registry const& metrics, endpoint_options options)
        : metrics_(metrics), options_(std::move(options))
    {}

    /// Is the request's target this endpoint?
    template <class Body, class Fields>
    [[nodiscard]] bool matches(boost::beast::http::request<Body, Fields> const& request) const noexcept
    {
        return path_of({request.target().data(), request.target().size()}) == options_.path;
    }

    /// A scrape's place among scrape_limit, held until it goes.
    class place {
    public:
        place(place&& other) noexcept = default;
        place& operator=(place&& other) noexcept
        {
            std::swap(shared_, other.shared_);
            std::swap(metrics_, other.metrics_);
            return *this;
        }
        ~place()
        {
            if (shared_ == nullptr) return;
            shared_->under_way.fetch_sub(1, std::memory_order_relaxed);
            if (metrics_ != nullptr) metrics_->in_flight.decrement();
        }

    private:
        friend class metrics_endpoint;
        struct shared {
            std::atomic<std::size_t> under_way{0};
            std::atomic<std::size_t> expected_size{0};  // of a page
        };
        place(std::shared_ptr<shared> counted, scrape_metrics* metrics) noexcept
            : shared_(std::move(counted)), metrics_(metrics)
        {
            if (metrics_ != nullptr) metrics_->in_flight.increment();
        }
        std::shared_ptr<shared> shared_;
        scrape_metrics* metrics_;
    };

    /// An answer, and the place that is given up when this goes: keep it until the answer is written.
    struct scrape {
        response answer;
        std::optional<place> held;
    };

    /// The answer to a request, ready to be written.
    template <class Body, class Fields>
    [[nodiscard]] response operator()(boost::beast::http::request<Body, Fields> const& request) const
    {
        return begin(request).answer;
    }

    /// The same with its place, so that pages under way are counted until they are sent.
    ///
    ///     auto scrape = endpoint.begin(request);
    ///     co_await http::async_write(stream, scrape.answer, net::use_awaitable);
    ///
    /// A request that waited before has so much less of its timeout; with none of it left the deadline is now.
    template <class Body, class Fields>
    [[nodiscard]] scrape begin(boost::beast::http::request<Body, Fields> const& request,
                               std::chrono::nanoseconds waited = {}) const
    {
        exposition::accepted_formats formats{exposition::written_formats};
        detail::accepted_codings codings(coding_name());
        each(request, boost::beast::http::field::accept, formats);
        each(request, boost::beast::http::field::accept_encoding, codings);
        auto const timeout = request["X-Prometheus-Scrape-Timeout-Seconds"];
        scrape made = make({request.method(),
                            formats.best(),
                            codings.prefers_it(),
                            query_of({request.target().data(), request.target().size()}),
                            {timeout.data(), timeout.size()},
                            waited});
        made.answer.version(request.version());
        made.answer.keep_alive(request.keep_alive());
        return made;
    }

    /// What a request says about the answer that it wants, its lines of one name joined by commas.
    struct accepted {
        std::string_view accept{};
        std::string_view accept_encoding{};
        std::string_view query{};           ///< what follows the ? of the target, as it was sent
        std::string_view scrape_timeout{};  ///< of X-Prometheus-Scrape-Timeout-Seconds
        std::chrono::nanoseconds waited{};  ///< and how much of it is over
    };

    /// The answer to a method, for a server that has no Beast request, and sets version and keep-alive itself.
    ///
    ///     endpoint(method, {.accept = header("Accept"), .accept_encoding = header("Accept-Encoding")})
    [[nodiscard]] response operator()(boost::beast::http::verb method, accepted const& by_client) const
    {
        return begin(method, by_client).answer;
    }
    [[nodiscard]] response operator()(boost::beast::http::verb method) const
    {
        return (*this)(method, accepted{});
    }
    [[nodiscard]] scrape begin(boost::beast::http::verb method, accepted const& by_client) const
    {
        exposition::accepted_formats formats{exposition::written_formats};
        detail::accepted_codings codings(coding_name());
        formats.read(by_client.accept);
        codings.read(by_client.accept_encoding);
        return make({method, formats.best(), codings.prefers_it(), by_client.query, by_client.scrape_timeout,
                     by_client.waited});
    }

    /// What precedes the ?, of the absolute form without its host (RFC 9112, 3.2): "/metrics" of "/metrics?x=1" and of
    /// "http://host/metrics"; an empty path is "/".
    [[nodiscard]] static std::string_view path_of(std::string_view target) noexcept
    {
        target = target.substr(0, target.find('?'));
        for (std::string_view const scheme : {"http://", "https://"}) {
            if (!boost::beast::iequals(target.substr(0, scheme.size()), scheme)) continue;
            std::size_t const path = target.find('/', scheme.size());
            return path == std::string_view::npos ? "/" : target.substr(path);
        }
        return target;
    }

    /// What follows the ? of a request's target.
    [[nodiscard]] static std::string_view query_of(std::string_view target) noexcept
    {
        std::size_t const at = target.find('?');
        return at == std::string_view::npos ? std::string_view() : target.substr(at + 1);
    }

    /// The scraper's own deadline: of "10.000000" ten seconds; 0 of what is no such number.
    [[nodiscard]] static std::chrono::nanoseconds timeout_of(std::string_view field) noexcept
    {
        double seconds = 0;
        auto const [end, error] = std::from_chars(field.data(), field.data() + field.size(), seconds);
        bool const is_one =
            error == std::errc() && end == field.data() + field.size() && seconds > 0 && seconds < 1e9;
        return std::chrono::nanoseconds(is_one ? static_cast<std::int64_t>(seconds * 1e9) : 0);
    }

private:
    template <class Request, class Reader>
    static void each(Request const& request, boost::beast::http::field name, Reader& reader)
    {
        auto const fields = request.equal_range(name);
        for (auto field = fields.first; field != fields.second; ++field)
            reader.read({field->value().data(), field->value().size()});
    }

    struct asked {
        boost::beast::http::verb method;
        exposition::format format;
        bool prefers_coding;
        std::string_view query;
        std::string_view timeout;
        std::chrono::nanoseconds waited;
    };

    [[nodiscard]] std::string_view coding_name() const noexcept
    {
        return options_.coding ? options_.coding->name : "";
    }

    [[nodiscard]] std::optional<place> take_place() const
    {
        std::size_t const before = shared_->under_way.fetch_add(1, std::memory_order_relaxed);
        if (options_.scrape_limit == 0 || before < options_.scrape_limit)
            return place(shared_, options_.metrics);
        shared_->under_way.fetch_sub(1, std::memory_order_relaxed);
        return std::nullopt;
    }

    [[nodiscard]] scrape make(asked const& by_client) const
    {
        namespace beast_http = boost::beast::http;
        bool const is_head = by_client.method == beast_http::verb::head;
        scrape made{response(beast_http::status::ok, 11), std::nullopt};
        response& answer = made.answer;
        answer.set(beast_http::field::cache_control, "no-store");
        std::string page;
        if (!is_head && by_client.method != beast_http::verb::get) {
            answer.set(beast_http::field::allow, "GET, HEAD");
            page = refuse(answer, beast_http::status::method_not_allowed, "use GET or HEAD\n");
        } else if (!(made.held = take_place()).has_value()) {
            answer.set(beast_http::field::retry_after, "1");
            page = refuse(answer, beast_http::status::service_unavailable, "too many scrapes at once\n");
            if (options_.metrics != nullptr) options_.metrics->refused.with("scrape_limit").increment();
        } else {
            answer.set(beast_http::field::content_type, exposition::content_type(by_client.format));
            answer.set(beast_http::field::vary, "Accept, Accept-Encoding");
            page = rendered(by_client, answer);
        }
        if (options_.metrics != nullptr) {
            options_.metrics->by_code.with(answer.result_int()).increment();
            if (!is_head && made.held) options_.metrics->bytes.increment(page.size());
        }
        answer.content_length(page.size());
        if (!is_head) answer.body() = std::move(page);
        return made;
    }

    static std::string refuse(response& answer, boost::beast::http::status status, std::string_view reason)
    {
        answer.result(status);
        answer.set(boost::beast::http::field::content_type, "text/plain; charset=utf-8");
        return std::string(reason);
    }

    [[nodiscard]] std::string rendered(asked const& by_client, response& answer) const
    {
        exposition::selection const shown{metrics_, exposition::name_filter::of_query(by_client.query),
                                          deadline_of(by_client.timeout, by_client.waited)};
        std::optional<timer<histogram>> clock;
        if (options_.metrics != nullptr) clock.emplace(options_.metrics->duration);
        if (!options_.coding || !by_client.prefers_coding) return plain(shown, by_client.format);
        answer.set(boost::beast::http::field::content_encoding, options_.coding->name);
        auto const encoder = options_.coding->start();
        exposition::write_page(
            shown, by_client.format, [&](std::string_view piece) { encoder->write(piece); }, options_.page);
        return encoder->finish();
    }

    [[nodiscard]] visit_deadline deadline_of(std::string_view field,
                                             std::chrono::nanoseconds waited) const noexcept
    {
        std::int64_t const timeout = timeout_of(field).count();
        std::int64_t const margin = std::chrono::nanoseconds(options_.timeout_margin).count();
        if (timeout == 0) return {};
        std::int64_t const left = timeout - (margin < timeout / 4 ? margin : timeout / 4) - waited.count();
        return visit_deadline::in(left > 0 ? left : 0);
    }

    /// With room for what the last whole one took and a little more: a page of 100,000 series that grows from nothing
    /// takes three times as long.
    [[nodiscard]] std::string plain(exposition::selection const& shown,
                                    exposition::format const& format) const
    {
        std::string page;
        bool const is_whole = shown.wanted.is_empty();
        if (is_whole) page.reserve(shared_->expected_size.load(std::memory_order_relaxed));
        exposition::write_page(shown, format, [&](std::string_view piece) { page += piece; }, options_.page);
        if (is_whole) shared_->expected_size.store(page.size() + page.size() / 16, std::memory_order_relaxed);
        return page;
    }

    registry const& metrics_;
    endpoint_options options_;
    std::shared_ptr<place::shared> shared_ = std::make_shared<place::shared>();  // by copies too
};

}  // namespace iafmetrics::inline v0::beast
