// SPDX-License-Identifier: Apache-2.0
// bench_instructions ROW COUNT: does one thing so many times, for callgrind, whose difference between two counts is what
// the thing costs: whatever happens once cancels out.
#include <iafmetrics/registry.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "handler.hpp"
#include "inputs.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace iafmetrics;
namespace net = boost::asio;
using net::ip::tcp;

/// Keeps the compiler from taking several calls together.
template <class Body>
void repeat(unsigned long times, Body body)
{
    for (unsigned long i = 0; i != times; ++i) {
        body(i);
        asm volatile("" ::: "memory");
    }
}

template <class Spec, class Observe>
void with_sets(unsigned long times, Spec const& spec, Observe observe)
{
    registry metrics;
    auto& family = metrics.add(spec);
    auto const sets = inputs::label_sets(128);
    repeat(times, [&](unsigned long i) { observe(family, sets[i & 127]); });
}

/// A client and a server in one thread, so that every run is the same: the client's system calls are not counted, and
/// its few instructions are the same for each handler.
template <class Handler>
void request(unsigned long times)
{
    net::io_context io(1);
    tcp::acceptor acceptor(io, {net::ip::make_address("127.0.0.1"), 0});
    tcp::socket client(io);
    client.connect(acceptor.local_endpoint());
    Handler handler;
    unsigned long answered = 0;
    net::co_spawn(io, handler::serve(handler::stream(acceptor.accept()), handler, answered), net::detached);
    std::string_view const asked = "GET /api/v1/applications/shop HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    std::array<char, 4096> got{};
    for (unsigned long i = 0; i != times; ++i) {
        client.send(net::buffer(asked.data(), asked.size()));
        while (answered == i)
            io.run_one();
        client.receive(net::buffer(got));
    }
    client.close();
    io.run();
}

}  // namespace

int main(int argc, char** argv)
{
    std::string_view const row = argc == 3 ? argv[1] : "";
    unsigned long const times = argc == 3 ? std::strtoul(argv[2], nullptr, 10) : 0;
    if (row == "loop") {
        repeat(times, [](unsigned long) {});
    } else if (row == "counter_increment") {
        counter count;
        repeat(times, [&](unsigned long) { count.increment(); });
    } else if (row == "histogram_observe") {
        histogram durations(inputs::bounds);
        repeat(times, [&](unsigned long i) { durations.observe(inputs::values[i & (inputs::count - 1)]); });
    } else if (row == "lookup3_increment") {
        with_sets(
            times, counter_spec<"method", "path", "status">{run_time, "ours_total", "Ours."},
            [](auto& family, auto const& set) { family.with(set.method, set.path, set.status).increment(); });
    } else if (row == "beast_plain") {
        request<handler::plain>(times);
    } else if (row == "beast_ours") {
        request<handler::ours>(times);
    } else if (row == "beast_peer") {
        request<handler::peer>(times);
    } else {
        std::fputs("bench_instructions "
                   "loop|counter_increment|histogram_observe|lookup3_increment|beast_plain|beast_ours|"
                   "beast_peer COUNT\n",
                   stderr);
        return 2;
    }
    return 0;
}
