// SPDX-License-Identifier: Apache-2.0
// bench_request_instructions plain|ours|peer[_traced] COUNT: answers so many requests, for callgrind, as bench_instructions
// does one operation. Those that are traced have a `traceparent` which is sampled.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "handler.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

namespace net = boost::asio;
using net::ip::tcp;

/// Is read as the steady clock is, and shows a time in which 20,000 requests come in a second: what depends on the time is
/// the same in every run, and as under load, though callgrind takes 50 times as long.
struct even_clock {
    static iafmetrics::steady_clock::time_point now() noexcept
    {
        (void)iafmetrics::steady_clock::now();
        static std::int64_t nanoseconds = 0;
        return iafmetrics::steady_clock::time_point(nanoseconds += 25'000);
    }
};

constexpr std::string_view request = "GET /api/v1/applications/shop HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
constexpr std::string_view traced_request =
    "GET /api/v1/applications/shop HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n";

/// Asks so many times, the next time when the answer is there.
class client {
public:
    client(net::io_context& io, tcp::endpoint const& server, std::string_view asked, unsigned long times)
        : socket_(io), asked_(asked), left_(times)
    {
        socket_.connect(server);
    }

    void ask()
    {
        if (left_-- == 0) return socket_.close();
        socket_.send(net::buffer(asked_.data(), asked_.size()));
        socket_.async_wait(tcp::socket::wait_read, [this](boost::system::error_code) {
            socket_.receive(net::buffer(got_));
            ask();
        });
    }

private:
    tcp::socket socket_;
    std::string_view asked_;
    unsigned long left_;
    std::array<char, 4096> got_{};
};

/// A client and a server in one thread and one run() of its io_context, so that every run is the same and Asio uses its
/// memory again, as it does in a server: the client's system calls are not counted, and its few instructions are the
/// same for each handler.
template <class Handler>
int run(std::string_view asked, unsigned long times)
{
    net::io_context io(1);
    tcp::acceptor acceptor(io, {net::ip::make_address("127.0.0.1"), 0});
    client asking(io, acceptor.local_endpoint(), asked, times);
    Handler handler;
    unsigned long answered = 0;
    net::co_spawn(io, handler::serve(handler::stream(acceptor.accept()), handler, answered), net::detached);
    asking.ask();
    io.run();
    return answered == times ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv)
{
    std::string_view which = argc == 3 ? argv[1] : "";
    unsigned long const times = argc == 3 ? std::strtoul(argv[2], nullptr, 10) : 0;
    constexpr std::string_view traced = "_traced";
    bool const is_traced = which.ends_with(traced);
    if (is_traced) which.remove_suffix(traced.size());
    std::string_view const asked = is_traced ? traced_request : request;
    if (which == "plain") return run<handler::plain>(asked, times);
    if (which == "ours") return run<handler::ours<even_clock>>(asked, times);
    if (which == "peer") return run<handler::peer>(asked, times);
    std::fputs("bench_request_instructions plain|ours|peer[_traced] COUNT\n", stderr);
    return 2;
}
