// SPDX-License-Identifier: Apache-2.0
// serve: a program that has no server shows its metrics with one line.
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/serve.hpp>

#include "ask.hpp"

#include <cstdint>
#include <cstdio>

inline constexpr iafmetrics::counter_spec jobs_total{"batch_jobs_total", "Jobs done."};

int main()
{
    iafmetrics::registry registry;
    auto& jobs = registry.add(jobs_total);

    std::uint16_t const port = 0;  // a free one
    auto const server = iafmetrics::serve(registry, port, {.address = "127.0.0.1"});

    for (int i = 0; i != 3; ++i)
        jobs.increment();

    std::printf("%s", ask(server.port(), "/metrics").c_str());
}  // the server stops with its scope

// Output:
// # HELP batch_jobs_total Jobs done.
// # TYPE batch_jobs_total counter
// batch_jobs_total 3
