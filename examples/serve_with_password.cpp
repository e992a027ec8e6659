// SPDX-License-Identifier: Apache-2.0
// serve_with_password: metrics for those who know a password, of which the program knows a bcrypt hash alone.
#include <iafmetrics/http/basic_auth.hpp>
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/serve.hpp>

#include "ask.hpp"

#include <cstdint>
#include <cstdio>
#include <string>

inline constexpr iafmetrics::counter_spec jobs_total{"batch_jobs_total", "Jobs done."};

int main()
{
    iafmetrics::registry registry;
    registry.add(jobs_total).increment();

    // What `htpasswd -nBC 10 prometheus` prints; a program reads it from a secret.
    std::string const bcrypt_hash = "$2y$10$J9eYP7RAWVdtbSE7TUGhLeS/MhfJ96nEkpYjoCGk505KDvzGyFBzm";
    std::uint16_t const port = 0;  // a free one
    auto const server = iafmetrics::serve(
        registry, port,
        {.address = "127.0.0.1", .authorize = iafmetrics::http::basic_auth({{"prometheus", bcrypt_hash}})});

    std::printf("%s", ask(server.port(), "/metrics").c_str());
    std::printf("%s", ask(server.port(), "/metrics", "Basic cHJvbWV0aGV1czpzM2NyZXQ=").c_str());
}

// Output:
// valid credentials are required
// # HELP batch_jobs_total Jobs done.
// # TYPE batch_jobs_total counter
// batch_jobs_total 1
