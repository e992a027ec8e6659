// SPDX-License-Identifier: Apache-2.0
// docs/tutorial.md: the shop, scraped. Compiled, and not run: it serves until its input ends, on a fixed port.
#include <iafmetrics/collectors/process.hpp>
#include <iafmetrics/serve.hpp>

#include "tutorial_shop.hpp"

#include <cstdio>

int main()
{
    iafmetrics::registry registry;
    registry.add(iafmetrics::collectors::process{});  // CPU, memory, file descriptors
    shop s{registry};

    auto const server = iafmetrics::serve(registry, 9100);  // http://127.0.0.1:9100/metrics

    char kind[32];
    int pieces = 0;
    while (std::scanf("%31s %d", kind, &pieces) == 2)
        std::puts(s.order(kind, pieces) == result::placed ? "placed" : "sold out");
}
