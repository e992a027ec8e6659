// SPDX-License-Identifier: Apache-2.0
// Listening sockets, threads, the drain.
#include <http_service/detail/connection.hpp>
#include <http_service/detail/observation.hpp>
#include <http_service/detail/reply.hpp>
#include <http_service/local_caller.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <list>
#include <stdexcept>
#include <thread>

namespace iafmetrics::http_service {

namespace {

using net::ip::tcp;
using reuse_port = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
constexpr auto token = net::as_tuple(net::use_awaitable);

tcp::acceptor listen(net::io_context& context, tcp::endpoint const& at, bool shared)
{
    constexpr int backlog = 4096;
    try {
        tcp::acceptor made{context};
        made.open(at.protocol());
        made.set_option(tcp::acceptor::reuse_address{true});
        if (shared) made.set_option(reuse_port{true});
        made.bind(at);
        made.listen(backlog);
        return made;
    } catch (boost::system::system_error const& e) {
        bool const six = at.address().is_v6();
        auto const host = six ? "[" + at.address().to_string() + "]" : at.address().to_string();
        throw std::runtime_error{"cannot listen on " + host + ":" + std::to_string(at.port()) + ": " +
                                 e.code().message()};
    }
}

net::ip::address address_of(server_options const& options)
{
    boost::system::error_code error;
    auto const parsed = net::ip::make_address(options.address, error);
    if (error) throw std::runtime_error{"cannot listen on \"" + options.address + "\": not an IP address"};
    return parsed;
}

}  // namespace

// One thread's event loop, listening socket and connections.
class worker {
public:
    worker(detail::environment const& shared, std::atomic<std::size_t>& open) : shared_{shared}, open_{open}
    {}

    net::io_context context{1};

    std::uint16_t bind(tcp::endpoint const& at, bool shared)
    {
        acceptor_ = listen(context, at, shared);
        return acceptor_.local_endpoint().port();
    }

    void run()
    {
        net::co_spawn(context, accept(), [this](std::exception_ptr failed) { report(failed); });
        for (;;) {
            try {
                context.run();
                return;
            } catch (std::exception const& e) {
                shared_.options.log(std::string{"an event handler failed: "} + e.what());
            }
        }
    }

    void drain()
    {
        net::post(context, [this] {
            if (std::exchange(draining_, true)) return;
            acceptor_.close();
            for (auto& one : connections_) {
                one.drain.cancel();
                if (one.idle) one.stream.close();
            }
            net::co_spawn(context, close_late(), [this](std::exception_ptr failed) { report(failed); });
            stop_when_empty();
        });
    }

private:
    void report(std::exception_ptr failed) const
    {
        if (!failed) return;
        try {
            std::rethrow_exception(failed);
        } catch (boost::system::system_error const& e) {
            if (e.code() != net::error::operation_aborted) shared_.options.log(e.what());
        } catch (std::exception const& e) {
            shared_.options.log(e.what());
        }
    }

    net::awaitable<void> accept()
    {
        constexpr std::chrono::milliseconds pause{100};
        while (!draining_) {
            auto [error, socket] = co_await acceptor_.async_accept(token);
            if (error == net::error::operation_aborted || draining_) co_return;
            if (error) {  // out of descriptors, mostly: what is open must close first
                net::steady_timer wait{context, pause};
                co_await wait.async_wait(token);
                continue;
            }
            boost::system::error_code ignored;
            socket.set_option(tcp::no_delay{true}, ignored);
            if (open_.fetch_add(1) >= shared_.options.connection_limit) {
                turn_away(socket);
                open_.fetch_sub(1);
                continue;
            }
            start(std::move(socket));
        }
    }

    void start(tcp::socket socket)
    {
        auto const at = connections_.emplace(connections_.end(), shared_, draining_,
                                             boost::beast::tcp_stream{std::move(socket)});
        auto const ended = [this, at](std::exception_ptr failed) {
            report(failed);
            // Erased in a turn of its own: the slot that this handler is bound to lives in the connection.
            net::post(context, [this, at] {
                connections_.erase(at);
                open_.fetch_sub(1);
                stop_when_empty();
            });
        };
        net::co_spawn(context, detail::serve(*at), net::bind_cancellation_slot(at->abort.slot(), ended));
    }

    // Best effort within one packet: a full house does not wait for anybody.
    void turn_away(tcp::socket& socket)
    {
        shared_.count(refused::connection_limit);
        detail::observation observed{shared_.metrics};
        auto const body =
            detail::render(shared_.options, http::status::service_unavailable, "too many connections").body();
        auto const text = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n"
                          "Content-Type: application/json\r\nContent-Length: " +
                          std::to_string(body.size()) + "\r\n\r\n" + body;
        boost::system::error_code error;
        socket.non_blocking(true, error);
        socket.write_some(net::buffer(text), error);
        observed.finish(http::status::service_unavailable, error);
        socket.shutdown(tcp::socket::shutdown_both, error);
    }

    net::awaitable<void> close_late()
    {
        constexpr std::chrono::milliseconds grace{250};
        net::steady_timer wait{context, shared_.options.drain_timeout};
        co_await wait.async_wait(token);
        if (!connections_.empty())
            shared_.options.log(std::to_string(connections_.size()) +
                                " connections closed after the drain timeout");
        for (auto& one : connections_) {
            one.stream.close();
            one.abort.emit(net::cancellation_type::terminal);
        }
        wait.expires_after(grace);
        co_await wait.async_wait(token);
        context.stop();
    }

    void stop_when_empty()
    {
        if (draining_ && connections_.empty()) context.stop();
    }

    detail::environment const& shared_;
    std::atomic<std::size_t>& open_;
    tcp::acceptor acceptor_{context};
    std::list<detail::connection> connections_;
    bool draining_ = false;
};

class server::state {
public:
    state(server_options options, router routes, iafmetrics::beast::request_metrics* metrics)
        : shared_{.options = std::move(options), .routes = std::move(routes), .metrics = metrics}
    {
        shared_.options.local_callers_only &= is_loopback(shared_.options.address);
        if (!shared_.options.log)
            shared_.options.log = [](std::string_view message) {
                std::fprintf(stderr, "http_service: %.*s\n", static_cast<int>(message.size()),
                             message.data());
            };
        tcp::endpoint at{address_of(shared_.options), shared_.options.port};
        bool const several = shared_.options.threads > 1;
        if (several && at.port() != 0) {
            // SO_REUSEPORT would share the port with another process: ask for it alone first.
            net::io_context probe;
            listen(probe, at, false);
        }
        for (int i = 0; i < std::max(shared_.options.threads, 1); ++i)
            at.port(workers_.emplace_back(shared_, open_).bind(at, several));
        port_ = at.port();
    }

    void run()
    {
        std::vector<std::jthread> others;
        for (auto& one : workers_)
            if (&one != &workers_.front()) others.emplace_back([&one] { one.run(); });
        workers_.front().run();
    }

    void stop()
    {
        for (auto& one : workers_)
            one.drain();
    }

    std::uint16_t port() const noexcept { return port_; }
    router& routes() noexcept { return shared_.routes; }
    net::any_io_executor executor() { return workers_.front().context.get_executor(); }

private:
    detail::environment shared_;
    std::atomic<std::size_t> open_{0};
    std::list<worker> workers_;
    std::uint16_t port_ = 0;
};

server::server(server_options options, router routes, iafmetrics::beast::request_metrics* metrics)
    : state_{std::make_unique<state>(std::move(options), std::move(routes), metrics)}
{}
server::~server() = default;

std::uint16_t server::port() const noexcept { return state_->port(); }
router& server::routes() noexcept { return state_->routes(); }
net::any_io_executor server::executor() const { return state_->executor(); }
void server::run() { state_->run(); }
void server::stop() noexcept { state_->stop(); }

}  // namespace iafmetrics::http_service
