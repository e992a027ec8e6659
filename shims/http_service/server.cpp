// SPDX-License-Identifier: Apache-2.0
// Listening sockets, threads, the drain.
#include <http_service/detail/connection.hpp>
#include <http_service/detail/headroom.hpp>
#include <http_service/detail/observation.hpp>
#include <http_service/detail/reply.hpp>
#include <http_service/detail/reserved_memory.hpp>
#include <http_service/local_caller.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <exception>
#include <list>
#include <new>
#include <stdexcept>
#include <thread>
#include <utility>

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

// A connection takes up to 20 KB, and 100 KB over TLS, beside its body: so many and all bodies take less than 200 MB.
std::size_t connection_limit(server_options const& options)
{
    constexpr std::size_t plain = 4096;
    constexpr std::size_t over_tls = 1024;
    auto const wanted = options.connection_limit != 0 ? options.connection_limit
                        : options.tls                 ? over_tls
                                                      : plain;
    rlimit descriptors{};
    if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0 || descriptors.rlim_cur == RLIM_INFINITY) return wanted;
    return std::min<std::size_t>(wanted, std::max<std::size_t>(descriptors.rlim_cur / 4 * 3, 1));
}

// Calls once when a coroutine has ended, in whatever way: Asio throws one away whose next step finds no memory, and its
// completion handler with it.
template <class Call>
class at_end {
public:
    explicit at_end(Call call) : call_{call} {}
    at_end(at_end&& other) noexcept : call_{other.call_}, armed_{std::exchange(other.armed_, false)} {}
    at_end& operator=(at_end&&) = delete;
    ~at_end()
    {
        if (armed_) call_(nullptr);
    }
    void operator()(std::exception_ptr failed)
    {
        if (std::exchange(armed_, false)) call_(failed);
    }

private:
    Call call_;
    bool armed_ = true;
};

}  // namespace

// One thread's event loop, listening socket and connections. Out of memory it loses connections and goes on.
class worker {
    // What its handlers need until the event loop throws them away.
    bool gone_ = false;
    detail::reserved_memory for_drain_;
    detail::reserved_memory for_ended_;
    detail::reserved_memory for_accept_;
    detail::reserved_memory for_look_;
    detail::reserved_memory for_close_;

public:
    worker(detail::environment const& shared, detail::places& places, std::list<worker>& all)
        : shared_{shared}, places_{places}, all_{all}
    {}
    worker(worker const&) = delete;
    worker& operator=(worker const&) = delete;
    ~worker() { gone_ = true; }

    net::io_context context{1};

    std::uint16_t bind(tcp::endpoint const& at, bool shared)
    {
        acceptor_ = listen(context, at, shared);
        return acceptor_.local_endpoint().port();
    }

    // One of the workers looks after the certificate.
    void run(detail::renewed_tls* renewed = nullptr)
    {
        if (renewed != nullptr) look_after(*renewed);
        keep_accepting();
        for (;;) {
            try {
                context.run();
                return;
            } catch (...) {
                report(std::current_exception());
            }
        }
    }

    // Threads: any.
    void drain() noexcept
    {
        if (!asked_to_drain_.exchange(true)) net::post(context, for_drain_.bind([this] { begin_drain(); }));
    }

private:
    void report(std::exception_ptr failed) const noexcept
    {
        if (!failed) return;
        try {
            std::rethrow_exception(failed);
        } catch (boost::system::system_error const& e) {
            if (e.code() != net::error::operation_aborted) say(e.what());
        } catch (std::exception const& e) {
            say(e.what());
        } catch (...) {
            say("an exception of unknown type");
        }
    }

    void say(std::string_view message) const noexcept
    {
        try {
            shared_.options.log(message);
        } catch (...) {}
    }

    void look_after(detail::renewed_tls& renewed)
    {
        constexpr std::chrono::seconds pause{1};
        to_look_.set(pause, [this, &renewed] {
            if (here_.draining) return;
            try {
                renewed.look(shared_.options.changed_tls ? shared_.options.changed_tls() : std::nullopt);
            } catch (...) {
                report(std::current_exception());
            }
            look_after(renewed);
        });
    }

    // Accepts, and begins anew after a pause where that ends: a connection less is memory for the next one.
    void keep_accepting() noexcept
    {
        static constexpr std::chrono::milliseconds pause{100};
        at_end again{[this](std::exception_ptr failed) {
            report(failed);
            if (gone_ || here_.draining) return;
            make_room();
            to_accept_.set(pause, [this] { keep_accepting(); });
        }};
        if (!detail::has_memory(0)) return;
        try {
            net::co_spawn(context, accept(), std::move(again));
        } catch (...) {
            report(std::current_exception());
        }
    }

    net::awaitable<void> accept()
    {
        constexpr std::chrono::milliseconds pause{100};
        while (!here_.draining && detail::has_memory(0)) {
            // Out of descriptors accept() fails also where nobody waits, for whom a connection would be closed.
            auto const [over] = co_await acceptor_.async_wait(tcp::acceptor::wait_read, token);
            if (over || here_.draining || !detail::has_memory(0)) co_return;
            auto [error, socket] = co_await acceptor_.async_accept(token);
            if (error == net::error::operation_aborted || here_.draining) co_return;
            if (error) {
                if (is_exhausted(error) && make_room()) continue;
                net::steady_timer wait{context, pause};
                co_await wait.async_wait(token);
                continue;
            }
            boost::system::error_code ignored;
            socket.set_option(tcp::no_delay{true}, ignored);
            auto const peer = socket.remote_endpoint(ignored).address();
            auto place = places_.take(peer);
            if (place && place->is_over() && !make_room() && !co_await others_make_room()) place.reset();
            if (place)
                start(std::move(socket), peer, std::move(*place));
            else
                turn_away(socket);
        }
    }

    static bool is_exhausted(boost::system::error_code error)
    {
        return error == net::error::no_descriptors || error == net::error::no_memory ||
               error == net::error::no_buffer_space ||
               error == boost::system::errc::too_many_files_open_in_system;
    }

    static bool is_out_of_memory(std::exception_ptr failed)
    {
        if (!failed) return false;
        try {
            std::rethrow_exception(failed);
        } catch (std::bad_alloc const&) {
            return true;
        } catch (...) {
            return false;
        }
    }

    // Closes the connection that was waited for longest. False: there is none.
    bool make_room()
    {
        if (here_.waiting.empty()) return false;
        here_.waiting.front().make_room();
        shared_.count(refused::connection_limit);
        return true;
    }

    // Whom another thread waits for is known to that thread alone.
    net::awaitable<bool> others_make_room()
    {
        for (auto& other : all_) {
            if (&other == this) continue;
            bool made = false;
            net::steady_timer answered{context, net::steady_timer::time_point::max()};
            net::post(other.context, [&] {
                bool const has_made = other.make_room();
                net::post(context, [&, has_made] {
                    made = has_made;
                    answered.cancel();
                });
            });
            co_await answered.async_wait(token);
            if (made) co_return true;
        }
        co_return false;
    }

    void start(tcp::socket socket, net::ip::address const& peer, detail::places::place place)
    {
        auto const at =
            connections_.emplace(connections_.end(), shared_, here_,
                                 boost::beast::tcp_stream{std::move(socket)}, peer, std::move(place));
        at_end ended{[this, at](std::exception_ptr failed) {
            report(failed);
            if (gone_) return;
            at->work();
            if (is_out_of_memory(failed)) make_room();
            end(at);
        }};
        net::co_spawn(context, detail::serve(*at),
                      net::bind_cancellation_slot(at->abort.slot(), std::move(ended)));
    }

    // Erased in a turn of its own: the slot that the handler of its end is bound to lives in the connection.
    void end(std::list<detail::connection>::iterator at) noexcept
    {
        bool const is_first = ended_.empty();
        ended_.splice(ended_.end(), connections_, at);
        if (!is_first) return;
        net::post(context, for_ended_.bind([this] {
            ended_.clear();
            stop_when_empty();
        }));
    }

    // Best effort within one packet: a full house does not wait for anybody.
    void turn_away(tcp::socket& socket)
    {
        shared_.count(refused::connection_limit);
        if (shared_.tls) return;  // it would have to be said over TLS
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

    void begin_drain() noexcept
    {
        here_.draining = true;
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        for_each_connection([](detail::connection& one) {
            one.drain.cancel();
            if (one.idle) one.stream.close();
        });
        // A header that is on its way is there by then.
        auto const all = shared_.options.drain_timeout;
        auto const for_heads = std::min(all, std::chrono::milliseconds{1'000});
        to_close_.set(for_heads, [this, left = all - for_heads] {
            for_each_connection([](detail::connection& one) {
                if (one.in_head) one.stream.close();
            });
            to_close_.set(left, [this] { close_late(); });
        });
        stop_when_empty();
    }

    void close_late() noexcept
    {
        constexpr std::chrono::milliseconds grace{250};
        if (!connections_.empty()) {
            std::array<char, 64> text{};
            (void)std::snprintf(text.data(), text.size(), "%zu connections closed after the drain timeout",
                                connections_.size());
            say(text.data());
        }
        for_each_connection([](detail::connection& one) {
            one.stream.close();
            one.abort.emit(net::cancellation_type::terminal);
        });
        to_close_.set(grace, [this] { context.stop(); });
    }

    template <class Call>
    void for_each_connection(Call call) noexcept
    {
        for (auto& one : connections_) {
            try {
                call(one);
            } catch (...) {
                report(std::current_exception());
            }
        }
    }

    void stop_when_empty()
    {
        if (here_.draining && connections_.empty()) context.stop();
    }

    detail::environment const& shared_;
    detail::places& places_;
    std::list<worker>& all_;
    tcp::acceptor acceptor_{context};
    detail::thread_state here_;
    std::list<detail::connection> connections_;
    std::list<detail::connection> ended_;  // to be erased
    std::atomic<bool> asked_to_drain_{false};
    detail::alarm to_accept_{context, for_accept_};
    detail::alarm to_look_{context, for_look_};
    detail::alarm to_close_{context, for_close_};
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
        if (shared_.options.tls)
            shared_.tls.emplace(*shared_.options.tls, shared_.options.log,
                                shared_.options.certificate_metrics);
        if (auto* const shown = shared_.options.connection_metrics)
            shown->limits(connection_limit(shared_.options), shared_.options.body_budget);
        tcp::endpoint at{address_of(shared_.options), shared_.options.port};
        bool const several = shared_.options.threads > 1;
        if (several && at.port() != 0) {
            // SO_REUSEPORT would share the port with another process: ask for it alone first.
            net::io_context probe;
            listen(probe, at, false);
        }
        for (int i = 0; i < std::max(shared_.options.threads, 1); ++i)
            at.port(workers_.emplace_back(shared_, places_, workers_).bind(at, several));
        port_ = at.port();
    }

    void run()
    {
        std::vector<std::jthread> others;
        for (auto& one : workers_)
            if (&one != &workers_.front()) others.emplace_back([&one] { one.run(); });
        workers_.front().run(shared_.tls ? &*shared_.tls : nullptr);
    }

    void stop() noexcept
    {
        for (auto& one : workers_)
            one.drain();
    }

    std::uint16_t port() const noexcept { return port_; }
    router& routes() noexcept { return shared_.routes; }
    net::any_io_executor executor() { return workers_.front().context.get_executor(); }

private:
    detail::environment shared_;
    detail::places places_{connection_limit(shared_.options), shared_.options.connections_per_address,
                           shared_.options.connection_metrics};
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
