// SPDX-License-Identifier: Apache-2.0
// docs/tutorial.md: the shop.
#pragma once

#include <iafmetrics/iafmetrics.hpp>

#include <stdexcept>

inline constexpr iafmetrics::counter_spec<"kind", "result"> orders_total{"shop_orders_total", "Orders."};
inline constexpr iafmetrics::histogram_spec<"kind"> order_duration{
    "shop_order_duration_seconds", "How long an order takes.", iafmetrics::buckets{.1, .3, 1, 3}};
inline constexpr iafmetrics::up_down_counter_spec orders_in_progress{"shop_orders_in_progress", "Under way."};

enum class result { placed, sold_out };
constexpr std::string_view to_label_value(result r) { return r == result::placed ? "placed" : "sold_out"; }

class shop {
public:
    explicit shop(iafmetrics::registry& r)
        : orders_(r.add(orders_total)), duration_(r.add(order_duration)),
          in_progress_(r.add(orders_in_progress))
    {}

    result order(std::string_view kind, int pieces)
    {
        iafmetrics::in_progress const one_more{in_progress_};  // one less when this scope ends
        iafmetrics::timer const clock{duration_.with(kind)};   // observes its seconds there, too
        auto const outcome = pieces > 10 ? result::sold_out : result::placed;
        orders_.with(kind, outcome).increment();
        return outcome;
    }

private:
    iafmetrics::family_of<orders_total>& orders_;
    iafmetrics::family_of<order_duration>& duration_;
    iafmetrics::up_down_counter& in_progress_;
};
