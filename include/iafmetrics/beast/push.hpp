// SPDX-License-Identifier: Apache-2.0
// push: the metrics of a short-lived job, handed to a Prometheus Pushgateway.
#pragma once

#include <iafmetrics/beast/detail/grouped_page.hpp>
#include <iafmetrics/beast/detail/push_handler.hpp>
#include <iafmetrics/beast/detail/push_operation.hpp>
#include <iafmetrics/beast/detail/push_target.hpp>
#include <iafmetrics/beast/push_options.hpp>
#include <iafmetrics/beast/push_result.hpp>
#include <iafmetrics/registry.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/verb.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>

namespace iafmetrics::inline v0::beast {
namespace detail {

/// HTTP without TLS.
struct plain_transport {
    using stream = boost::beast::tcp_stream;
    static constexpr std::string_view scheme = "http";
    static constexpr std::string_view default_port = "80";
    struct options {};

    plain_transport() = default;
    explicit plain_transport(options) noexcept {}

    [[nodiscard]] static stream make_stream(boost::asio::any_io_executor const& executor)
    {
        return stream(executor);
    }
    static boost::asio::awaitable<std::tuple<boost::system::error_code, std::string>> open(stream&,
                                                                                           std::string const&)
    {
        co_return std::tuple<boost::system::error_code, std::string>{};
    }
};

/// Past a deadline a look-up of a name may still be under way, and a context waits for it when it goes. No caller of
/// push() does.
inline void let_go(std::unique_ptr<boost::asio::io_context> io)
{
    io->poll();
    if (io->stopped()) return;
    try {
        std::thread([kept = std::move(io)] {}).detach();
    } catch (std::system_error const&) {  // no thread to be had: it went with the closure
    }
}

}  // namespace detail

/// A group of metrics in a Pushgateway.
///
///     iafmetrics::beast::push_gateway gateway{"http://127.0.0.1:9091", {.job = "nightly", .grouping = {{"instance", "a/b"}}}};
///     if (auto const pushed = gateway.push(registry); !pushed) std::fprintf(stderr, "%s\n", pushed.message.c_str());
///     gateway.push_add(registry);  // keeps the group's metrics of other names
///     gateway.remove();            // deletes the group
///
/// With coroutines, or any other completion token:
///
///     push_result const pushed = co_await gateway.async_push(executor, registry, net::use_awaitable);
///
/// A push is text 0.0.4, whole and with its length: the gateway takes all of it or nothing, also where the job dies in the
/// middle. It is of the moment of the call. Nothing is tried again: whoever pushes in a loop may, for PUT, POST and DELETE
/// of a gateway all have the same effect twice as once, and only the job knows how long it may stay. The time of the last
/// push is a metric of the gateway's own, push_time_seconds.
///
/// For https: tls_push_gateway, of beast/push_tls.hpp.
///
/// Threads:  every member may be called from any thread at any time; each push has a connection of its own. The async
///           forms run on a strand of the executor, and complete on that of the token where it has one.
/// Cost:     one page in memory per push under way. push() blocks for at most the timeout.
/// Errors:   of set-up, std::invalid_argument that names the thing and the reason: a URL, a job, a grouping label, a header;
///           and from push(), push_add() and their async forms where a metric has a label of the grouping key. What the
///           gateway or the network does is in the result. A name is looked up by getaddrinfo, which nothing can interrupt:
///           at the deadline the push ends, and the look-up is left behind with its thread. An io_context that runs
///           async_push() ends when that look-up does.
/// Lifetime: the gateway and the registry may go while an async push is under way.
template <class Transport>
class basic_push_gateway {
public:
    explicit basic_push_gateway(std::string_view url,
                                push_options const& options,
                                typename Transport::options const& transport = {})
        : target_(std::make_shared<detail::push_target const>(
              url, options, Transport::scheme, Transport::default_port)),
          transport_(transport)
    {}

    /// PUT: the group has these metrics and no others from now on.
    push_result push(registry const& metrics) const { return run(verb::put, page_of(metrics)); }

    /// POST: replaces the group's metrics of these names, and keeps its others.
    push_result push_add(registry const& metrics) const { return run(verb::post, page_of(metrics)); }

    /// DELETE: the group is no more. It is a success also where there was none.
    push_result remove() const { return run(verb::delete_, {}); }

    /// The same, completing with void(push_result).
    template <boost::asio::completion_token_for<void(push_result)> Token>
    auto
    async_push(boost::asio::any_io_executor const& executor, registry const& metrics, Token&& token) const
    {
        return start(executor, verb::put, page_of(metrics), std::forward<Token>(token));
    }
    template <boost::asio::completion_token_for<void(push_result)> Token>
    auto
    async_push_add(boost::asio::any_io_executor const& executor, registry const& metrics, Token&& token) const
    {
        return start(executor, verb::post, page_of(metrics), std::forward<Token>(token));
    }
    template <boost::asio::completion_token_for<void(push_result)> Token>
    auto async_remove(boost::asio::any_io_executor const& executor, Token&& token) const
    {
        return start(executor, verb::delete_, {}, std::forward<Token>(token));
    }

private:
    using verb = boost::beast::http::verb;

    [[nodiscard]] std::string page_of(registry const& metrics) const
    {
        return detail::grouped_page(metrics, target_->job, target_->grouping);
    }

    template <class Token>
    auto
    start(boost::asio::any_io_executor const& executor, verb method, std::string body, Token&& token) const
    {
        return boost::asio::async_initiate<Token, void(push_result)>(
            [](auto handler, boost::asio::any_io_executor const& on,
               std::shared_ptr<detail::push_target const> target, Transport transport, verb how,
               std::string page) {
                boost::asio::co_spawn(boost::asio::make_strand(on),
                                      detail::push_operation<Transport>::run(
                                          std::move(target), std::move(transport), how, std::move(page)),
                                      detail::push_handler<decltype(handler)>{std::move(handler)});
            },
            token, executor, target_, transport_, method, std::move(body));
    }

    [[nodiscard]] push_result run(verb method, std::string body) const
    {
        auto io = std::make_unique<boost::asio::io_context>(1);
        bool is_over = false;
        push_result result;
        start(io->get_executor(), method, std::move(body), [&](push_result got) {
            result = std::move(got);
            is_over = true;
        });
        while (!is_over)
            io->run_one();
        detail::let_go(std::move(io));
        return result;
    }

    std::shared_ptr<detail::push_target const> target_;
    Transport transport_;
};

using push_gateway = basic_push_gateway<detail::plain_transport>;

}  // namespace iafmetrics::inline v0::beast
