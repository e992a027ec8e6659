// SPDX-License-Identifier: Apache-2.0
// One Beast handler, plain, with our middleware, and with prometheus-cpp as its own examples use it.
#pragma once

#include <iafmetrics/beast/middleware.hpp>
#include <iafmetrics/platform.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>
#include <string>

namespace handler {

namespace net = boost::asio;
namespace http = boost::beast::http;
using stream = boost::beast::tcp_stream;
using request = http::request<http::string_body>;
using response = http::response<http::string_body>;

inline constexpr char const* route = "/api/v1/applications/{name}";

inline response answer(request const& asked)
{
    response made(http::status::ok, asked.version());
    made.set(http::field::content_type, "application/json");
    made.keep_alive(asked.keep_alive());
    made.body() = R"({"name":"shop","phase":"Running"})";
    made.prepare_payload();
    return made;
}

struct plain {
    net::awaitable<void> reply(stream& peer, request const& asked)
    {
        response made = answer(asked);
        co_await http::async_write(peer, made, net::use_awaitable);
    }
};

template <class Clock = iafmetrics::steady_clock>
class ours {
public:
    net::awaitable<void> reply(stream& peer, request const& asked)
    {
        auto observed = requests_.begin(asked);
        observed.route(route);
        response made = answer(asked);
        co_await observed.async_write(peer, made, net::use_awaitable);
    }

private:
    iafmetrics::registry metrics_;
    iafmetrics::beast::request_metrics requests_{metrics_, iafmetrics::platform::api_request_duration,
                                                 Clock{}};
};

/// A gauge up and down, two families looked up, two readings of the clock.
class peer {
public:
    net::awaitable<void> reply(stream& to, request const& asked)
    {
        in_flight_.Increment();
        auto const start = std::chrono::steady_clock::now();
        response made = answer(asked);
        co_await http::async_write(to, made, net::use_awaitable);
        std::string const method(asked.method_string());
        std::string const status = std::to_string(made.result_int());
        requests_.Add({{"method", method}, {"path", route}, {"status", status}}).Increment();
        durations_.Add({{"method", method}, {"path", route}, {"status", status}}, bounds_)
            .Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        in_flight_.Decrement();
    }

private:
    prometheus::Registry metrics_;
    prometheus::Gauge& in_flight_ = prometheus::BuildGauge().Name("in_flight").Register(metrics_).Add({});
    prometheus::Family<prometheus::Counter>& requests_ =
        prometheus::BuildCounter().Name("requests_total").Register(metrics_);
    prometheus::Family<prometheus::Histogram>& durations_ =
        prometheus::BuildHistogram().Name("request_duration_seconds").Register(metrics_);
    prometheus::Histogram::BucketBoundaries const bounds_{.005, .01, .025, .05, .1, .25, .5, 1, 2.5};
};

/// Answers one request after the other until the peer is gone. `answered` counts.
template <class Handler>
net::awaitable<void> serve(stream peer, Handler& handler, unsigned long& answered)
{
    boost::beast::flat_buffer buffer;
    try {
        for (;;) {
            request asked;
            co_await http::async_read(peer, buffer, asked, net::use_awaitable);
            co_await handler.reply(peer, asked);
            ++answered;
        }
    } catch (boost::system::system_error const&) {}
}

}  // namespace handler
