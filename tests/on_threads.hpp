// SPDX-License-Identifier: Apache-2.0
// on_threads: the same at a time on several threads.
#pragma once

#include <thread>
#include <vector>

/// Calls `body(0)` to `body(count - 1)`, each on a thread of its own, and waits for all.
template <class Body>
void on_threads(int count, Body const& body)
{
    std::vector<std::jthread> pool;
    for (int i = 0; i != count; ++i)
        pool.emplace_back([&body, i] { body(i); });
}
