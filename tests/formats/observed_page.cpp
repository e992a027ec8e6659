// SPDX-License-Identifier: Apache-2.0
// observed_page: serves a registry with an instrument of each kind on a free port of loopback, and prints the port. Ends
// when its standard input does. What it observes is what prometheus_test.py expects, under names that need quotes what
// tests/interop/readpage/read_test.py does.
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/native_histogram.hpp>
#include <iafmetrics/serve.hpp>
#include <iafmetrics/summary.hpp>

#include <cstdio>
#include <limits>

using namespace iafmetrics;

int main()
{
    registry r;
    auto& orders = r.add(counter_spec<"kind">{run_time, "shop_orders_total", "Orders."});
    orders.with("book").increment(41);
    orders.with("book").increment(1, {{"trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"}});
    orders.with("a \"quoted\\name\"\n").increment(7);
    r.add(counter_spec{run_time, "shop_paid_euros_total", "Paid."}).increment(12.5);
    r.add(gauge_spec{run_time, "shop_temperature_celsius", "Temperature."}).set(-3.25);
    r.add(up_down_counter_spec{run_time, "shop_visitors", "Visitors."}).add(5);
    r.add(info_spec<"version">{run_time, "shop_build_info", "Build."}).with("1.2.3");
    r.add(state_set_spec{run_time, "shop_phase", "Phase.", states{"open", "closed"}}).turn_on("open");
    auto& wait = r.add(histogram_spec<"path">{run_time, "shop_wait_seconds", "Wait.", buckets{.5, 1., 10.}});
    wait.with("/").observe(.25);
    wait.with("/").observe(
        .75, {{"trace_id", "0af7651916cd43dd8448eb211c80319c"}, {"span_id", "b7ad6b7169203331"}});
    wait.with("/").observe(60);
    auto& latency = r.add(native_histogram_spec{run_time, "shop_latency_seconds", "Latency."});
    for (double const value : {.25, 1., 1., 1.01, 100., 0., -2.})
        latency.observe(value);
    r.add(native_histogram_spec{run_time, "shop_unused_seconds", "Nothing yet."});
    r.add(native_histogram_spec{run_time, "shop_unopened_seconds", "Nothing yet.", zero_threshold{0}});
    auto& payment = r.add(native_histogram_spec{run_time, "shop_payment_seconds", "Payments."});
    payment.observe(.25);
    payment.observe(100, {{"trace_id", "b1946ac92492d2347c6235b4d2611184"}});
    payment.observe(4, {{"trace_id", "591785b794601e212b260e25925636fd"}});
    auto& queue =
        r.add(native_histogram_spec{run_time, "shop_queue_seconds", "Queues.", buckets{.5, 1., 10.}});
    queue.observe(.25);
    queue.observe(.75, {{"trace_id", "6f1ed002ab5595859014ebf0951522d9"}});
    queue.observe(60, {{"trace_id", "3e25960a79dbc69b674cd4ec67a72c62"}});
    // Nine buckets and those of the infinities, where four are allowed: they are widened.
    auto& reduced = r.add(native_histogram_spec{run_time, "shop_reduced_seconds", "Reduced.", growth{2},
                                                bucket_limit{4}, min_reset{never}});
    for (int i = 0; i != 9; ++i)
        reduced.observe(1 << i);
    for (double const value : {1., -1.})
        reduced.observe(value * std::numeric_limits<double>::infinity());
    reduced.observe(std::numeric_limits<double>::quiet_NaN());

    auto& size = r.add(summary_spec<"path">{run_time, "shop_size_bytes", "Size.", quantiles{0, .5, 1}});
    for (double const value : {1., 64., 4096.})
        size.with("/").observe(value);
    r.add(summary_spec{run_time, "shop_silence_seconds", "Nothing yet.", quantiles{.5}});
    r.add(unknown_spec<"key">{run_time, "shop_till_readings", "What the till says."})
        .with("drawer")
        .set(-1.5);

    constexpr utf8_names reason{"a test"};
    r.add(counter_spec<"door.side", "straße \"\\\n=,}">{run_time, "shop.visits", "Visits.", reason})
        .with("left", "x\n\"\\ ä")
        .increment(3);
    r.add(histogram_spec<"door.side">{run_time, "shop.visit.duration", "Visits.", buckets{.5}, reason})
        .with("left")
        .observe(.25);
    r.add(native_histogram_spec<"door.side">{run_time, "shop.queue größe", "Queues.", reason})
        .with("left")
        .observe(.25);

    auto const server = serve(r, 0, {.address = "127.0.0.1"});
    std::printf("%u\n", static_cast<unsigned>(server.port()));
    std::fflush(stdout);
    while (std::getchar() != EOF) {}
}
