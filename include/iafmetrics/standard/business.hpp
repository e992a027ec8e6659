// SPDX-License-Identifier: Apache-2.0
// business: users, transactions and revenue, under the names that Oversight's records read.
#pragma once

#include <iafmetrics/family.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/spec.hpp>

#include <initializer_list>
#include <source_location>
#include <string_view>
#include <tuple>

namespace iafmetrics::inline v0::standard {

/// window: how far back a user counts as active, "1h". A series for each user would grow without bound, and
/// a sum over replicas would count a user once for each: a program that knows the number sets it.
inline constexpr gauge_spec<"window"> business_active_users{"business_active_users",
                                                            "Users who were active within the window."};

inline constexpr counter_spec business_transactions_total{"business_transactions_total",
                                                          "Transactions that were completed."};

/// currency: an ISO 4217 code. Sums over currencies mean nothing, so each is a series.
inline constexpr counter_spec<"currency"> business_revenue_total{
    "business_revenue_total", "Revenue in units of the currency, such as euros."};

/// Oversight's gauge for everything else. A metric of its own for each thing can be summed and has a help
/// text and a unit; prefer it.
inline constexpr gauge_spec<"metric_name"> business_metric{"business_metric",
                                                           "Business metrics, by their name."};

/// What a service earns and for whom.
///
///     iafmetrics::standard::business_metrics business{registry, {"EUR", "USD"}};
///     …
///     business.transactions.increment();
///     business.revenue.with("EUR").increment(12.50);
///     business.active_users.with("1h").set(store.users_since(1h));
///
/// Active users of one hour, the transactions and the revenue of each currency given are there, at 0, from
/// the first scrape on.
///
/// Unit:     revenue is added up as a double: for graphs, not for accounts. A refund is no negative revenue:
///           a counter never goes back.
/// Threads:  every member may be called from any thread at any time.
/// Errors:   the constructor throws registration_error, and has then registered nothing; nothing else throws.
/// Lifetime: shorter than that of the registry.
struct business_metrics {
    explicit business_metrics(registry& metrics,
                              std::initializer_list<std::string_view> currencies = {},
                              std::source_location where = std::source_location::current())
        : business_metrics(metrics.add(std::tie(business_active_users,
                                                business_transactions_total,
                                                business_revenue_total,
                                                business_metric),
                                       where))
    {
        (void)active_users.with("1h");
        for (std::string_view const currency : currencies)
            (void)revenue.with(currency);
    }

    family_of<business_active_users>& active_users;
    counter& transactions;
    family_of<business_revenue_total>& revenue;
    family_of<business_metric>& other;

private:
    using added = std::tuple<family_of<business_active_users>&,
                             counter&,
                             family_of<business_revenue_total>&,
                             family_of<business_metric>&>;

    explicit business_metrics(added const& all)
        : active_users(std::get<0>(all)), transactions(std::get<1>(all)), revenue(std::get<2>(all)),
          other(std::get<3>(all))
    {}
};

}  // namespace iafmetrics::inline v0::standard
