// SPDX-License-Identifier: Apache-2.0
// docs/coming-from-prometheus-cpp.md: both sides of each row, compiled.
#include <iafmetrics/collectors/process.hpp>
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/prometheus_cpp.hpp>
#include <iafmetrics/summary.hpp>

#include <prometheus/check_names.h>
#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#if __has_include(<prometheus/info.h>)
#    include <prometheus/info.h>
#endif
#include <prometheus/registry.h>
#include <prometheus/summary.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace theirs {

/// There since 1.2.
void reset(auto& get)
{
    if constexpr (requires { get.Reset(); }) get.Reset();
}

std::string before()
{
    auto registry = std::make_shared<prometheus::Registry>();
    auto& requests = prometheus::BuildCounter()
                         .Name("shop_requests_total")
                         .Help("Requests.")
                         .Labels({{"shop", "north"}})
                         .Register(*registry);
    auto& get = requests.Add({{"method", "GET"}, {"status", "200"}});
    get.Increment();
    get.Increment(2.5);
    double const count = get.Value();

    auto& heat = prometheus::BuildGauge().Name("heat_celsius").Register(*registry).Add({});
    heat.Set(21);
    heat.Increment();
    heat.Decrement(2);
    heat.SetToCurrentTime();

    auto& waits = prometheus::BuildHistogram().Name("wait_seconds").Register(*registry);
    auto& wait = waits.Add({}, prometheus::Histogram::BucketBoundaries{.1, .3, 1});
    wait.Observe(.25 * count);
    wait.ObserveMultiple({1, 0, 2, 0}, 3.5);

    auto& sizes = prometheus::BuildSummary().Name("size_bytes").Register(*registry);
    auto& size = sizes.Add({}, prometheus::Summary::Quantiles{{.5, .05}, {.99, .001}});
    size.Observe(512);

#if __has_include(<prometheus/info.h>)
    prometheus::BuildInfo().Name("shop_build").Register(*registry).Add({{"version", "1.2.3"}});
#endif
    reset(get);

    prometheus::Registry const strict(prometheus::Registry::InsertBehavior::Throw);
    bool const is_named =
        prometheus::CheckMetricName(requests.GetName()) && !requests.GetConstantLabels().empty();
    if (requests.Has({{"method", "GET"}, {"status", "200"}})) requests.Remove(&get);
    std::string const page = prometheus::TextSerializer().Serialize(registry->Collect());
    return is_named && registry->Remove(requests) ? page : std::string();
}

bool exposes()
{
    prometheus::Exposer exposer("127.0.0.1:0");
    auto const registry = std::make_shared<prometheus::Registry>();
    exposer.RegisterCollectable(registry);
    exposer.RegisterAuth([](std::string const&, std::string const&) { return false; });
    exposer.RemoveCollectable(registry);
    return exposer.GetListeningPorts().size() == 1;
}

}  // namespace theirs

namespace ours {

inline constexpr iafmetrics::counter_spec<"method", "status"> requests_total{"shop_requests_total",
                                                                             "Requests."};
inline constexpr iafmetrics::gauge_spec heat_celsius{"heat_celsius", "Heat."};
inline constexpr iafmetrics::histogram_spec wait_seconds{"wait_seconds", "Waits.",
                                                         iafmetrics::buckets{.1, .3, 1}};

inline constexpr iafmetrics::summary_spec size_bytes{"size_bytes", "Sizes.", iafmetrics::quantiles{.5, .99}};

inline constexpr iafmetrics::claimable<iafmetrics::gauge_spec<"session">> session_memory{
    "shop_session_memory_bytes", "Memory of each session."};

inline constexpr iafmetrics::info_spec<"version"> shop_build{"shop_build_info", "What runs."};

std::string after()
{
    iafmetrics::registry registry;
    auto north = registry.sub({.labels = {{"shop", "north"}}});
    auto& sessions = north.add(session_memory);
    auto one = sessions.claim("a1b2");
    one->set(4096);
    auto& requests = registry.add(requests_total);
    auto& get = requests.with("GET", 200);
    get.increment();
    get.increment(2.5);
    double const count = get.value().as_double();

    auto& heat = registry.add(heat_celsius);
    heat.set(21);
    heat.increment();
    heat.sub(2);
    heat.set_to_current_time();

    auto& wait = registry.add(wait_seconds);
    wait.observe(.25 * count);

    auto& size = registry.add(size_bytes);
    size.observe(512);

    registry.add(shop_build).with("1.2.3");

    constexpr std::array<double, 3> bounds{.1, .3, 1};
    std::array<std::uint64_t, 4> const counts{1, 0, 2, 0};
    iafmetrics::collector_registration calls(registry, [=](iafmetrics::collector_output& out) {
        out.begin("rpc_seconds", "Calls.", iafmetrics::metric_type::histogram);
        out.histogram({}, {bounds, counts, 3.5});
    });
    calls.reset();

    return iafmetrics::exposition::text(registry);
}

}  // namespace ours

/// Yours, on their pages or on ours.
struct pool : prometheus::Collectable {
    std::vector<prometheus::MetricFamily> Collect() const override { return {}; }
};

/// Their page: what is new is ours, the Exposer stays. It keeps a weak pointer: keep the bridge.
void on_their_page(iafmetrics::registry& registry)
{
    prometheus::Exposer exposer{"127.0.0.1:0"};
    auto const bridge = std::make_shared<iafmetrics::prometheus_cpp::collectable>(registry);
    exposer.RegisterCollectable(bridge);
}

/// Our page: what is old stays where it is.
void on_our_page(iafmetrics::registry& registry, std::shared_ptr<prometheus::Registry> const& their_registry)
{
    registry.add(iafmetrics::prometheus_cpp::collector{their_registry, std::make_shared<pool>()});
}

int main()
{
    iafmetrics::registry one;
    on_their_page(one);
    on_our_page(one, std::make_shared<prometheus::Registry>());
    return theirs::before().empty() || !theirs::exposes() || ours::after().empty() ? 1 : 0;
}
