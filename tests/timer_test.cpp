// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/gauge.hpp>
#include <iafmetrics/histogram.hpp>
#include <iafmetrics/testing/fake_clock.hpp>
#include <iafmetrics/timer.hpp>

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <type_traits>
#include <utility>

using iafmetrics::gauge;
using iafmetrics::histogram;
using iafmetrics::timer;
using iafmetrics::testing::fake_clock;
using namespace std::chrono_literals;

namespace {

constexpr std::array<double, 2> bounds{1, 10};

using fake_timer = timer<histogram, fake_clock>;

}  // namespace

TEST_CASE("timer: observes the seconds of its scope once")
{
    histogram h(bounds);
    {
        fake_timer const t{h};
        fake_clock::advance(2500ms);
        CHECK(t.elapsed() == 2.5);
        CHECK(h.count() == 0);
    }
    CHECK(h.count() == 1);
    CHECK(h.sum() == 2.5);
}

TEST_CASE("timer: observes a scope that an exception leaves")
{
    histogram h(bounds);
    try {
        fake_timer const t{h};
        throw std::runtime_error("no database");
    } catch (std::runtime_error const&) {
        CHECK(h.count() == 1);
    }
}

TEST_CASE("timer: once stopped or discarded it observes nothing more")
{
    histogram h(bounds);
    {
        fake_timer t{h};
        fake_clock::advance(500ms);
        CHECK(t.stop() == 0.5);
        fake_clock::advance(500ms);
        CHECK(t.stop() == 0);
    }
    CHECK(h.count() == 1);
    CHECK(h.sum() == 0.5);
    {
        fake_timer t{h};
        t.discard();
        CHECK(t.stop() == 0);
    }
    CHECK(h.count() == 1);
}

TEST_CASE("timer: one that was moved from observes nothing, and the other the whole time")
{
    static_assert(!std::is_copy_constructible_v<fake_timer>);
    histogram h(bounds);
    {
        fake_timer first{h};
        fake_clock::advance(1s);
        fake_timer const second{std::move(first)};
        fake_clock::advance(1s);
    }
    CHECK(h.count() == 1);
    CHECK(h.sum() == 2);
}

TEST_CASE("timer: a gauge keeps the last duration")
{
    gauge g;
    {
        timer<gauge, fake_clock> const t{g};
        fake_clock::advance(3s);
    }
    CHECK(g.value().as_double() == 3);
}

TEST_CASE("timer: its own clock runs in seconds and never back")
{
    gauge g;
    auto const before = std::chrono::steady_clock::now();
    {
        timer const t{g};
        while (std::chrono::steady_clock::now() - before < 2ms) {}
    }
    std::chrono::duration<double> const outside = std::chrono::steady_clock::now() - before;
    CHECK(g.value().as_double() > 0);
    CHECK(g.value().as_double() <= outside.count());
}
