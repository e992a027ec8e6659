// SPDX-License-Identifier: Apache-2.0
// docs/tutorial.md, the first program.
#include <iafmetrics/iafmetrics.hpp>

#include <cstdio>

inline constexpr iafmetrics::counter_spec orders_total{"shop_orders_total", "Orders placed."};

int main()
{
    iafmetrics::registry registry;
    iafmetrics::counter& orders = registry.add(orders_total);

    orders.increment();

    std::printf("%s", iafmetrics::exposition::text(registry).c_str());
}
