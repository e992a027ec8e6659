// SPDX-License-Identifier: Apache-2.0
// What a user writes on the first day. Shared by every consumer project beside it.
#include <iafmetrics/iafmetrics.hpp>

#include <cstdio>

inline constexpr iafmetrics::counter_spec orders_total{"shop_orders_total", "Orders."};

int main()
{
    iafmetrics::registry registry;
    iafmetrics::counter& orders = registry.add(orders_total);
    orders.increment(2);
    std::printf("%s", iafmetrics::exposition::text(registry).c_str());
    return orders.value().as_double() == 2 ? 0 : 1;
}
