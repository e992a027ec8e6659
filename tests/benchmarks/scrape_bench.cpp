// SPDX-License-Identifier: Apache-2.0
// A scrape over loopback, the whole body read: our Beast endpoint, prometheus-cpp's Exposer, and a blocking socket.
#include <iafmetrics/beast/gzip.hpp>
#include <iafmetrics/serve.hpp>

#include <prometheus/exposer.h>

#include "pages.hpp"
#include "repetition.hpp"
#include "scrape_client.hpp"
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace {

constexpr int many = 100'000;

std::uint16_t port_of_ours()
{
    auto* const server = new iafmetrics::beast::metrics_server(
        pages::counters(many, 2), 0, {.address = "127.0.0.1", .coding = iafmetrics::beast::gzip});
    return server->port();
}

std::uint16_t port_of_peer()
{
    auto* const exposer = new prometheus::Exposer("127.0.0.1:0", 1);
    static std::shared_ptr<prometheus::Registry> const metrics(&pages::peer_counters(many), [](auto*) {});
    exposer->RegisterCollectable(metrics);  // which keeps a weak pointer
    return static_cast<std::uint16_t>(exposer->GetListeningPorts().front());
}

std::uint16_t port_of_floor(bool is_compressed)
{
    auto* const server = new floor_server(pages::floor_of_counters(many), is_compressed);
    return server->port();
}

/// The client has one core, the server another.
template <class Port>
void add(std::string const& name, std::string_view accept_encoding, Port port)
{
    benchmark::RegisterBenchmark(name.c_str(),
                                 [=](benchmark::State& state) {
                                     static scrape_client client([&] {
                                         pinned const elsewhere(1);
                                         return port();
                                     }());
                                     pinned const here(0);
                                     repetition const watched(state, &waiting::of_process);
                                     for (auto _ : state)
                                         if (client.scrape(accept_encoding) < 100'000)
                                             state.SkipWithError("the page is not whole");
                                 })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
}

int const registered = [] {
    add("scrape_100k_plain/ours", "identity", [] { return port_of_ours(); });
    add("scrape_100k_plain/peer", "identity", [] { return port_of_peer(); });
    add("scrape_100k_plain/floor", "identity", [] { return port_of_floor(false); });
    add("scrape_100k_gzip/ours", "gzip", [] { return port_of_ours(); });
    add("scrape_100k_gzip/peer", "gzip", [] { return port_of_peer(); });
    add("scrape_100k_gzip/floor", "gzip", [] { return port_of_floor(true); });
    return 0;
}();

}  // namespace
