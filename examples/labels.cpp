// SPDX-License-Identifier: Apache-2.0
// labels: one metric, many series; what a label may be, and what happens when there are too many.
#include <iafmetrics/iafmetrics.hpp>

#include <cstdio>
#include <string>

enum class cache { hit, miss };
constexpr std::string_view to_label_value(cache c) { return c == cache::hit ? "hit" : "miss"; }

inline constexpr iafmetrics::counter_spec<"path", "status", "cached", "result"> requests_total{
    "shop_requests_total", "Requests by path, status, whether a cache was asked, and what it said."};
inline constexpr iafmetrics::counter_spec<"customer"> logins_total{
    "shop_logins_total", "Logins, of a few customers by name.", iafmetrics::series_limit{2}};

int main()
{
    iafmetrics::registry registry;

    // Text, integers, bools and enumerators, in the order of the declaration. One value less does not compile.
    auto& requests = registry.add(requests_total);
    requests.with("/api/v1/carts", 200, true, cache::hit).increment();
    requests.with("/say \"hello\"\n", 404, false, cache::miss).increment();  // any text is escaped

    // Where the labels stay the same, look once and keep the handle: it lives as long as the registry.
    iafmetrics::counter& hits = requests.with("/api/v1/carts", 200, true, cache::hit);
    for (int i = 0; i != 1000; ++i)
        hits.increment();

    // Labels that come from outside are bounded: what is too many lands in one series that everybody sees.
    auto& logins = registry.add(logins_total);
    for (std::string const customer : {"ada", "bob", "eve", "mallory"})
        logins.with(customer).increment();

    std::printf("%s", iafmetrics::exposition::text(registry).c_str());
}

// Output:
// # HELP shop_requests_total Requests by path, status, whether a cache was asked, and what it said.
// # TYPE shop_requests_total counter
// shop_requests_total{path="/api/v1/carts",status="200",cached="true",result="hit"} 1001
// shop_requests_total{path="/say \"hello\"\n",status="404",cached="false",result="miss"} 1
// # HELP shop_logins_total Logins, of a few customers by name.
// # TYPE shop_logins_total counter
// shop_logins_total{customer="ada"} 1
// shop_logins_total{customer="bob"} 1
// shop_logins_total{customer="_other"} 2
// # HELP iafmetrics_series_dropped_total Lookups that found a metric at its series limit and used its overflow series.
// # TYPE iafmetrics_series_dropped_total counter
// iafmetrics_series_dropped_total{metric="shop_logins_total"} 2
