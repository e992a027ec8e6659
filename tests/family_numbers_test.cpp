// SPDX-License-Identifier: Apache-2.0
// Label values that are numbers and enumerators are found without their text: they lead where the text leads.
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/family.hpp>
#include <iafmetrics/registry.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace iafmetrics;

namespace {

enum class phase { pending, running };
constexpr std::string_view to_label_value(phase p) { return p == phase::pending ? "Pending" : "Running"; }
enum class color { red, blue };
constexpr std::string_view to_label_value(color c) { return c == color::red ? "red" : "blue"; }

inline constexpr counter_spec<"a", "b"> pairs{"pairs_total", "Pairs."};
inline constexpr counter_spec<"v"> few{"few_total", "Few.", series_limit{2}};

#if defined(__SIZEOF_INT128__)
__extension__ using wide = __int128;
static_assert(!label_value<wide>, "has no text of its own");
#endif

}  // namespace

TEST_CASE("family of numbers: leads where the text leads, the first time and each time after")
{
    registry r;
    auto& f = r.add(pairs);
    for (int round = 0; round != 3; ++round) {
        CHECK(&f.with(phase::running, 200) == &f.with("Running", "200"));
        CHECK(&f.with(-1, std::int64_t{-1}) == &f.with("-1", "-1"));
        CHECK(&f.with(true, 1) == &f.with("true", "1"));
        CHECK(&f.with(1, true) == &f.with("1", "true"));
    }
}

TEST_CASE("family of numbers: the same number of another type is another text")
{
    registry r;
    auto& f = r.add(pairs);
    for (int round = 0; round != 3; ++round) {
        CHECK(&f.with(phase::pending, 0) == &f.with("Pending", "0"));
        CHECK(&f.with(color::red, 0) == &f.with("red", "0"));
        CHECK(&f.with(false, 0) == &f.with("false", "0"));
        CHECK(&f.with(0, color::red) == &f.with("0", "red"));
        CHECK(&f.with(0U, 0) == &f.with("0", "0"));
    }
}

TEST_CASE("family of numbers: numbers of any size stay apart")
{
    registry r;
    auto& f = r.add(pairs);
    std::vector<std::int64_t> const edges{0,
                                          1,
                                          -1,
                                          std::int64_t{1} << 31,
                                          (std::int64_t{1} << 32) - 1,
                                          std::int64_t{1} << 32,
                                          (std::int64_t{1} << 32) + 1,
                                          std::numeric_limits<std::int64_t>::max(),
                                          std::numeric_limits<std::int64_t>::min()};
    for (int round = 0; round != 3; ++round)
        for (std::int64_t const a : edges)
            for (std::int64_t const b : edges)
                CHECK(&f.with(a, b) == &f.with(std::to_string(a), std::to_string(b)));
}

TEST_CASE("family of numbers: beyond the limit there is the overflow series, and each lookup counts")
{
    registry r;
    auto& f = r.add(few);
    f.with(1).increment();
    f.with(2).increment();
    for (int i = 0; i != 4; ++i)
        f.with(3).increment();
    CHECK(f.dropped() == 4);
    CHECK(exposition::text(r).find("few_total{v=\"_other\"} 4\n") != std::string::npos);
}

TEST_CASE("family of numbers: threads that meet at new numbers get the same series")
{
    registry r;
    auto& f = r.add(pairs);
    std::atomic<bool> go{false};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t != 4; ++t)
            threads.emplace_back([&] {
                while (!go)
                    std::this_thread::yield();
                for (int i = 0; i != 500; ++i)
                    f.with(i, phase::running).increment();
            });
        go = true;
    }
    for (int i = 0; i != 500; ++i)
        CHECK(f.with(std::to_string(i), "Running").value().as_unsigned() == 4);
}
