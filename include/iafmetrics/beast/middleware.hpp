// SPDX-License-Identifier: Apache-2.0
// middleware: request metrics for Boost.Beast, synchronous, with callbacks or with coroutines.
#pragma once

#include <iafmetrics/beast/detail/method.hpp>
#include <iafmetrics/beast/detail/take_trace.hpp>
#include <iafmetrics/beast/observed_request.hpp>
#include <iafmetrics/http/request_metrics.hpp>

#include <boost/beast/http.hpp>

#include <initializer_list>
#include <string_view>

namespace iafmetrics::inline v0::beast {

/// http::request_metrics for Beast's messages.
///
///     iafmetrics::beast::request_metrics http{registry, api_request_duration};
///     http.declare(verb::get, "/api/v1/sessions/{session}");     // its status 500 is there, at 0, from now on
///
///     net::awaitable<void> session(tcp_stream stream)
///     {
///         …
///         auto observed = http.begin(request);
///         observed.route("/api/v1/sessions/{session}");
///         co_await observed.async_write(stream, response, net::use_awaitable);
///     }
///
/// The duration's newest exemplar in each bucket is the trace of a request, where its `traceparent` says that it is
/// sampled: see http::observation::trace().
///
/// What is no request is not recorded: a connection that closes, expires or stays silent between two.
class request_metrics : public http::request_metrics {
public:
    using http::request_metrics::declare;
    using http::request_metrics::request_metrics;

    /// A request has arrived: call it with the header read, before the body where the wait for it shall
    /// count.
    template <class Fields>
    [[nodiscard]] observed_request begin(boost::beast::http::header<true, Fields> const& request) noexcept
    {
        observed_request begun{recorder_, detail::method_index(request)};
        detail::take_trace(begun, request);
        return begun;
    }
    /// The same with a message; where the body is in it, its size is known.
    template <class Body, class Fields>
    [[nodiscard]] observed_request begin(boost::beast::http::request<Body, Fields> const& request)
    {
        observed_request begun{recorder_, detail::method_index(request)};
        detail::take_trace(begun, request);
        begun.has_body(request);
        return begun;
    }
    /// A request that could not be parsed.
    [[nodiscard]] observed_request begin() noexcept { return {recorder_, http::other_method}; }
    [[nodiscard]] observed_request begin(std::string_view method) noexcept
    {
        return {recorder_, http::method_index(method)};
    }

    /// As http::request_metrics::declare.
    void declare(boost::beast::http::verb method,
                 std::string_view route_template,
                 std::initializer_list<unsigned> statuses = {500})
    {
        declare(detail::to_text(boost::beast::http::to_string(method)), route_template, statuses);
    }
};

}  // namespace iafmetrics::inline v0::beast
