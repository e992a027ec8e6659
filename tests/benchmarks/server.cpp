// SPDX-License-Identifier: Apache-2.0
// bench_server plain|ours|peer: serves on a free port of loopback, with one thread, and prints the port. Ends when its
// standard input does.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "handler.hpp"
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string_view>

namespace {

namespace net = boost::asio;
using net::ip::tcp;

template <class Handler>
net::awaitable<void> accept(tcp::acceptor& acceptor, Handler& handler, unsigned long& answered)
{
    for (;;) {
        tcp::socket peer = co_await acceptor.async_accept(net::use_awaitable);
        peer.set_option(tcp::no_delay(true));
        net::co_spawn(acceptor.get_executor(),
                      handler::serve(handler::stream(std::move(peer)), handler, answered), net::detached);
    }
}

template <class Handler>
int run()
{
    net::io_context io(1);
    Handler handler;
    unsigned long answered = 0;
    tcp::acceptor acceptor(io, {net::ip::make_address("127.0.0.1"), 0});
    std::printf("%u\n", static_cast<unsigned>(acceptor.local_endpoint().port()));
    std::fflush(stdout);
    net::co_spawn(io, accept(acceptor, handler, answered), net::detached);
    net::posix::stream_descriptor parent(io, ::dup(STDIN_FILENO));
    std::array<char, 1> byte{};
    parent.async_read_some(net::buffer(byte), [&](auto...) { io.stop(); });
    io.run();
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    std::string_view const which = argc == 2 ? argv[1] : "";
    if (which == "plain") return run<handler::plain>();
    if (which == "ours") return run<handler::ours<>>();
    if (which == "peer") return run<handler::peer>();
    std::fputs("bench_server plain|ours|peer\n", stderr);
    return 2;
}
