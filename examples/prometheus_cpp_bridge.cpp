// SPDX-License-Identifier: Apache-2.0
// prometheus_cpp_bridge: a program that moves from prometheus-cpp, or uses a library that stays with it.
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/prometheus_cpp.hpp>

#include <prometheus/counter.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <cstdio>
#include <memory>

inline constexpr iafmetrics::counter_spec<"kind"> orders_total{"shop_orders_total", "Orders by kind."};

int main()
{
    iafmetrics::registry ours;
    ours.add(orders_total).with("book").increment(2);

    auto const theirs = std::make_shared<prometheus::Registry>();
    auto& mails = prometheus::BuildCounter().Name("mail_sent_total").Help("Mails\nsent.").Register(*theirs);
    mails.Add({{"to", "customer"}}).Increment();

    // Ours inside theirs: what an Exposer or a Gateway of prometheus-cpp shows. This is the text that it writes.
    iafmetrics::prometheus_cpp::collectable const shown_by_theirs{ours};
    std::printf("-- theirs\n%s", prometheus::TextSerializer().Serialize(shown_by_theirs.Collect()).c_str());

    // Theirs inside ours: one page for both. The line feed in their help text would have broken theirs.
    ours.add(iafmetrics::prometheus_cpp::collector{theirs});
    std::printf("-- ours\n%s", iafmetrics::exposition::text(ours).c_str());
}

// Output:
// -- theirs
// # HELP shop_orders_total Orders by kind.
// # TYPE shop_orders_total counter
// shop_orders_total{kind="book"} 2
// -- ours
// # HELP shop_orders_total Orders by kind.
// # TYPE shop_orders_total counter
// shop_orders_total{kind="book"} 2
// # HELP mail_sent_total Mails\nsent.
// # TYPE mail_sent_total counter
// mail_sent_total{to="customer"} 1
// # HELP iafmetrics_collector_errors_total Collectors that failed during a scrape.
// # TYPE iafmetrics_collector_errors_total counter
// iafmetrics_collector_errors_total 0
