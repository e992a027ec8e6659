// SPDX-License-Identifier: Apache-2.0
#include "loop_under_test.hpp"

#include <iafmetrics/exposition/text.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <string_view>

loop_under_test::loop_under_test(std::string const& url)
    : client_(io_.get_executor(), {.url = url}), null_(::open("/dev/null", O_WRONLY | O_CLOEXEC)),
      log_("test", program::log_level::info, null_), loop_(io_, client_, registry_, log_),
      thread_([this] { loop_.run(); })
{}

loop_under_test::~loop_under_test()
{
    loop_.stop();
    thread_.join();
    ::close(null_);
}

std::string loop_under_test::page() const { return iafmetrics::exposition::text(registry_); }

void loop_under_test::wait_for_reconciles(int count)
{
    std::string_view constexpr name = "iaf_reconcile_duration_seconds_count ";
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    auto const done = [&] {
        auto const now = page();
        auto const at = now.find(name);
        return at == std::string::npos ? 0 : std::stoi(now.substr(at + name.size()));
    };
    while (done() < count) {
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}
