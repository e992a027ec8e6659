// SPDX-License-Identifier: Apache-2.0
// docs/cheatsheet.md: every line of it, compiled and run.
#include <iafmetrics/callback.hpp>
#include <iafmetrics/collectors/allocator.hpp>
#include <iafmetrics/collectors/build_info.hpp>
#include <iafmetrics/collectors/process.hpp>
#include <iafmetrics/collectors/process_details.hpp>
#include <iafmetrics/exposition/page.hpp>
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/native_histogram.hpp>
#include <iafmetrics/summary.hpp>
#include <iafmetrics/testing.hpp>

#include <array>
#include <cassert>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>

using namespace iafmetrics;

inline constexpr counter_spec orders_total{"shop_orders_total", "Orders."};
inline constexpr counter_spec<"path", "status"> requests_total{"shop_requests_total", "Requests."};
inline constexpr gauge_spec heat{"shop_heat_celsius", "Heat in the shop."};
inline constexpr up_down_counter_spec uploads{"shop_uploads_in_progress", "Uploads under way."};
inline constexpr histogram_spec wait_seconds{"shop_wait_seconds", "Waiting.", buckets{.1, .3, 1}};
inline constexpr info_spec<"version"> build{"shop_release_info", "What runs."};
inline constexpr state_set_spec mood{"shop_mood", "How it goes.", states{"calm", "busy"}};
inline constexpr unknown_spec<"key"> readings{"shop_till_readings", "What the till says."};
inline constexpr claimable<gauge_spec<"session">> session_memory{"shop_session_memory_bytes", "Memory."};

inline constexpr native_histogram_spec<"route"> latency{"shop_latency_seconds", "Latency by route."};
inline constexpr native_histogram_spec tuned{"shop_tuned_seconds", "Tuned.",
                                             growth{1.05},         buckets{.1, .3, 1},
                                             bucket_limit{100},    min_reset{std::chrono::minutes(10)},
                                             zero_threshold{1e-9}, max_zero_threshold{1e-6}};
inline constexpr native_histogram_spec lasting{"shop_lasting_seconds", "Lasting.", min_reset{never}};

inline constexpr summary_spec<"route"> request_size{"shop_request_size_bytes", "Sizes by route.",
                                                    quantiles{.5, .9, .99}};
inline constexpr summary_spec packed{"shop_pack_size_bytes", "Packed.",
                                     quantiles{.5, .9, .99}, max_age{std::chrono::minutes(10)},
                                     age_buckets{5},         relative_error{.05}};

inline constexpr gauge_spec queue_length{"shop_queue_length", "Orders that wait."};
inline constexpr histogram_spec sizes{"shop_upload_size_bytes", "Sizes.", exponential_buckets<4>(1024, 16)};
inline constexpr histogram_spec fill{"shop_fill_ratio", "Fill.", linear_buckets<4>(.25, .25)};
inline constexpr histogram_spec by_default{"shop_pack_seconds", "Packing."};
inline constexpr counter_spec<"user"> logins{"shop_logins_total", "Logins.", series_limit{100}};
inline constexpr gauge_spec old_name{"store_bytes_total", "Bytes.", exemption{"dashboards know this name"}};
inline constexpr histogram_spec<"http.route"> request_duration{"http.server.request.duration", "Requests.",
                                                               utf8_names{"OpenTelemetry's names"}};

enum class color { red, green };
constexpr std::string_view to_label_value(color c) { return c == color::red ? "red" : "green"; }

struct metrics {
    explicit metrics(registry& r) : orders(r.add(orders_total)), requests(r.add(requests_total)) {}
    counter& orders;
    family_of<requests_total>& requests;
};

struct payment_failed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

int main()
{
    iafmetrics::registry registry;
    metrics m{registry};

    std::size_t const count = 4;
    registry.add(histogram_spec{run_time, "shop_load_ratio", "Load.", linear_buckets(.25, .25, count)});

    auto& orders = registry.add(orders_total);
    orders.increment();
    orders.increment(12);
    orders.increment(.5);

    auto& temperature = registry.add(heat);
    temperature.set(21.5);
    temperature.add(-.5);
    temperature.set_to_current_time();

    auto& under_way = registry.add(uploads);
    under_way.increment();
    under_way.decrement();
    {
        in_progress const upload{under_way};
    }

    auto& waits = registry.add(wait_seconds);
    waits.observe(.25);
    orders.increment(1, {{"trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"}});
    waits.observe(.25, {{"trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"}});
    {
        timer const t{waits};
    }

    registry.add(latency).with("/carts/{id}").observe(.012);
    registry.add(tuned).observe(.2);
    registry.add(lasting).observe(.2);

    registry.add(request_size).with("/carts").observe(512);
    registry.add(packed).observe(512);

    auto& failures = registry.add(counter_spec<"kind">{run_time, "shop_failures_total", "Failures."});
    try {
        exception_counter const any{failures.with("any")};
        count_exceptions<payment_failed>(failures.with("payment"), [] { throw payment_failed("declined"); });
    } catch (payment_failed const&) {}

    registry.add(build).with("1.2.3");
    registry.add(mood).change_to("busy");
    registry.add(readings).with("drawer").set(7);

    auto& requests = registry.add(requests_total);
    requests.with("/carts/{id}", 200).increment();
    counter& carts = requests.with("/carts/{id}", 200);
    carts.increment();
    auto& paints = registry.add(counter_spec<"color", "matt">{run_time, "shop_paints_total", "Paints."});
    paints.with(color::red, true).increment();

    requests.create({"/carts", "/orders"}, {200, 500});
    auto carts_by_status = requests.curry("/carts/{id}");
    carts_by_status.with(404).increment();
    requests.curry<"status">(200).with("/carts").increment();
    assert(requests.find("/carts/{id}", 200) != nullptr);
    requests.for_each([](labels_view, counter& one) { one.increment(0); });

    auto& memory = registry.add(session_memory);
    claimed_of<session_memory> mine = memory.claim("a1");
    mine->set(4096);

    iafmetrics::registry shard = registry.sub({.prefix = "shop_", .labels = {{"shard", "1"}}});
    collector_registration const depth{shard, [](collector_output& out) { out.gauge("depth", "Depth.", 2); }};

    std::string const queue = "mail";
    registry.add(gauge_spec{run_time, "shop_" + queue + "_length", "Length."});
    std::array const bounds{.1, .5};
    registry.add(histogram_spec{run_time, "shop_mail_seconds", "Mail.", std::span<double const>(bounds)});

    std::array const waiting{1, 2, 3};
    callback const shown{registry, queue_length, [&] { return waiting.size(); }};
    registry.add(collectors::process{});
    registry.add(collectors::process_details{});
    registry.add(collectors::allocator{});
    registry.add(collectors::build_info<"shop">{"1.2.3", "4f5e6d7"});
    registry.add([](collector_output& out) {
        out.gauge("shop_pool_size", "Size of the pool.", 3);
        out.begin_counter("shop_pool_waits_total", "Waits for the pool, by its name.");
        out.value({{"pool", "a"}}, 17);
    });

    std::string const page = exposition::text(registry);
    exposition::write_text(registry, [](std::string_view part) { assert(!part.empty()); });
    exposition::accepted_formats asked{exposition::written_formats};
    asked.read("application/openmetrics-text;version=1.0.0");
    std::string body;
    exposition::write_page(registry, asked.best(), [&](std::string_view part) { body += part; });
    assert(body.ends_with("# EOF\n") && exposition::openmetrics(registry).ends_with("# EOF\n"));
    assert(!exposition::openmetrics_2(registry).empty() && !exposition::protobuf(registry).empty());
    // formats.md
    assert(!exposition::text(registry, exposition::escaping_scheme::allow_utf8).empty());
    assert(!exposition::openmetrics(registry, {.names = exposition::escaping_scheme::dots}).empty());

    assert(testing::value(registry, "shop_requests_total", {{"path", "/carts/{id}"}, {"status", 200}}) == 2);
    assert(testing::find(registry, "shop_returns_total") == std::nullopt);
    assert(testing::histogram(registry, "shop_wait_seconds").bucket(.3) == 2);
    assert(testing::difference(registry, "shop_orders_total 13.5", {"shop_orders_total"}) == "");
    assert(testing::lint(registry) == "");
    timer<histogram, testing::fake_clock> slow{waits};
    testing::fake_clock::advance(std::chrono::seconds(2));
    assert(slow.stop() == 2);
}
