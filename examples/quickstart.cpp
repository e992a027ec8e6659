// SPDX-License-Identifier: Apache-2.0
// quickstart: declare, count, show.
#include <iafmetrics/iafmetrics.hpp>

#include <cstdio>

// Declared once and checked by the compiler: names, suffixes, labels, buckets. A wrong name does not compile.
inline constexpr iafmetrics::counter_spec sessions_total{"shop_sessions_total", "Sessions created."};
inline constexpr iafmetrics::histogram_spec<"method", "status"> request_duration{
    "shop_request_duration_seconds", "Request duration.", iafmetrics::buckets{.01, .1, 1}};

struct metrics {  // a service's metrics are a value, made with its registry
    explicit metrics(iafmetrics::registry& r)
        : sessions(r.add(sessions_total)), requests(r.add(request_duration))
    {}
    iafmetrics::counter& sessions;
    iafmetrics::family_of<request_duration>& requests;
};

int main()
{
    iafmetrics::registry registry;
    metrics m{registry};

    m.sessions.increment();
    m.requests.with("GET", 200).observe(0.012);

    std::printf("%s", iafmetrics::exposition::text(registry).c_str());
}
