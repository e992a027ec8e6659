// SPDX-License-Identifier: Apache-2.0
// A look-up that hangs, as behind a name server that drops all packets.
#include <iafmetrics/beast/push.hpp>
#include <iafmetrics/iafmetrics.hpp>

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <dlfcn.h>
#include <netdb.h>

#include <chrono>
#include <cstring>
#include <optional>
#include <semaphore>
#include <utility>

using iafmetrics::beast::push_gateway;
using iafmetrics::beast::push_result;

namespace {

std::counting_semaphore<8> answers{0};

}  // namespace

/// The C library's, but for one name.
extern "C" int
getaddrinfo(char const* name,
            char const* service,
            addrinfo const* hints,
            addrinfo** found) noexcept(noexcept(::getaddrinfo(nullptr, nullptr, nullptr, nullptr)))
{
    if (name != nullptr && std::strcmp(name, "hanging.invalid") == 0) {
        answers.acquire();
        return EAI_AGAIN;
    }
    using function = int (*)(char const*, char const*, addrinfo const*, addrinfo**);
    static auto const next = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    return next(name, service, hints, found);
}

TEST_CASE("push: a look-up that hangs does not hold it beyond the deadline")
{
    iafmetrics::registry const registry;
    push_gateway const gateway{"http://hanging.invalid",
                               {.job = "a", .timeout = std::chrono::milliseconds(500)}};
    push_result const pushed = gateway.push(registry);
    CHECK(pushed.error == boost::beast::error::timeout);
    CHECK(pushed.message == "PUT http://hanging.invalid/metrics/job/a: resolving: timed out after 500 ms");

    boost::asio::io_context io;
    std::optional<push_result> result;
    gateway.async_push(io.get_executor(), registry, [&](push_result got) { result = std::move(got); });
    while (!result)
        REQUIRE(io.run_one() != 0);
    CHECK(result->error == boost::beast::error::timeout);
    answers.release(2);
    io.run();
}

TEST_CASE("push: a name that is not known is told, and one that is is looked up")
{
    iafmetrics::registry const registry;
    answers.release();
    push_result const pushed = push_gateway{"http://hanging.invalid", {.job = "a"}}.push(registry);
    CHECK(pushed.error == boost::asio::error::host_not_found_try_again);
    CHECK(pushed.message.starts_with("PUT http://hanging.invalid/metrics/job/a: resolving: Host not found"));
    CHECK(push_gateway{"http://localhost:9", {.job = "a"}}.push(registry).error ==
          boost::asio::error::connection_refused);
}
