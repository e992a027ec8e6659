// SPDX-License-Identifier: Apache-2.0
// A writer that is preempted in the middle, at each of its instructions; a reader among writers that never rest. Neither
// waits for the other: what one does takes the same instructions, or a bounded number of them.
#include <iafmetrics/counter.hpp>
#include <iafmetrics/detail/exemplar_slot.hpp>
#include <iafmetrics/histogram.hpp>
#include <iafmetrics/native_histogram.hpp>
#include <iafmetrics/up_down_counter.hpp>

#include <doctest/doctest.h>

#include "single_step.hpp"
#include "skipped.hpp"
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <thread>

#ifdef IAFMETRICS_SINGLE_STEP

using namespace iafmetrics;

namespace {

/// Values of 1 are in the first bucket and of 16 in the last: buckets and sum tell each other.
struct seen {
    std::uint64_t ones = 0;
    std::uint64_t sixteens = 0;
    double sum = 0;

    [[nodiscard]] std::uint64_t count() const { return ones + sixteens; }
    [[nodiscard]] double apart() const { return sum - static_cast<double>(ones + 16 * sixteens); }
};

/// What the cases need of a histogram of either kind.
struct classic {
    static constexpr std::array<double, 2> bounds{1, 2};
    histogram of{bounds};

    [[gnu::noinline]] void observe(double value) { of.observe(value); }
    [[gnu::noinline]] void read(seen& into)
    {
        std::array<std::uint64_t, 3> counts;
        into.sum = of.read(counts);
        into.ones = counts[0];
        into.sixteens = counts[2];
    }
};
struct native {
    detail::native_cells of{detail::native_options{.schema = 0}, {}, [] { return std::int64_t{0}; }};
    detail::native_reading reading;

    [[gnu::noinline]] void observe(double value) { of.observe(value); }
    [[gnu::noinline]] void read(seen& into)
    {
        of.read(reading);
        into = {};
        into.sum = reading.sum;
        for (auto const& [index, amount] : reading.snapshot().positive)
            (index == 0 ? into.ones : into.sixteens) += amount;
    }
};

/// Cells, segments and buckets are there now.
template <class Histogram>
void warm(Histogram& h)
{
    seen any;
    h.observe(1);
    h.observe(16);
    h.read(any);
}

template <class Histogram>
std::size_t steps_of_a_reader(Histogram& h, seen& into)
{
    return single_step([&] { h.read(into); }, [](std::size_t) { return true; });
}

}  // namespace

TEST_CASE_TEMPLATE(
    "preempted: a writer that stands still at any instruction keeps no reader waiting, and at most its own "
    "observation is half seen",
    Histogram,
    classic,
    native)
{
    Histogram h;
    warm(h);
    seen before;
    h.read(before);
    std::uint64_t last = before.count();
    std::size_t half_seen = 0;
    std::size_t wrong = 0;
    std::size_t const steps = single_step([&] { h.observe(16); },
                                          [&](std::size_t) {
                                              seen now;
                                              h.read(now);  // comes back
                                              if (now.count() < last || now.count() > before.count() + 1)
                                                  ++wrong;
                                              if (now.apart() != 0) ++half_seen;
                                              if (now.apart() != 0 && now.apart() != -16 && now.apart() != 16)
                                                  ++wrong;
                                              last = now.count();
                                              return true;
                                          });
    CHECK(wrong == 0);
    CHECK(half_seen > 0);  // the case meets what it is about
    CHECK(half_seen < steps);
    seen after;
    h.read(after);
    CHECK(after.count() == before.count() + 1);
    CHECK(after.apart() == 0);
}

TEST_CASE_TEMPLATE(
    "preempted: an observation at any instruction of a reader is in its buckets and its sum, or in neither",
    Histogram,
    classic,
    native)
{
    Histogram h;
    warm(h);
    // Read anew for each instant, and stopped up to there: where a build has long readers, not each is tried.
    constexpr std::size_t most_stops = 150'000;
    seen any;
    std::size_t const alone = steps_of_a_reader(h, any);
    std::size_t const stride = 1 + alone * alone / (2 * most_stops);
    std::size_t wrong = 0;
    std::size_t instant = 0;
    for (bool is_inside = true; is_inside; instant += stride) {
        is_inside = false;
        seen now;
        single_step([&] { h.read(now); },
                    [&](std::size_t step) {
                        if (step != instant) return true;
                        h.observe(16);
                        is_inside = true;
                        return false;
                    });
        if (now.apart() != 0) ++wrong;
    }
    CHECK(wrong == 0);
    CHECK(instant > 50);
}

TEST_CASE_TEMPLATE(
    "preempted: a reader among writers that observe at each of its instructions ends, with whole counts",
    Histogram,
    classic,
    native)
{
    Histogram h;
    warm(h);
    seen before;
    seen now;
    std::size_t const alone = steps_of_a_reader(h, before);
    std::size_t const among = single_step([&] { h.read(now); },
                                          [&](std::size_t) {
                                              h.observe(16);
                                              return true;
                                          });
    constexpr std::size_t most_attempts = 64;
    MESSAGE(alone, " instructions alone, ", among, " among writers");
    CHECK(among > 2 * alone);  // the case meets what it is about
    CHECK(among <= most_attempts * alone + 1000);
    seen after;
    h.read(after);
    CHECK(after.count() == before.count() + among);
    CHECK(now.count() >= before.count());
    CHECK(now.count() <= after.count());
    CHECK(now.sum >= before.sum);
    CHECK(now.sum <= after.sum);
}

TEST_CASE_TEMPLATE("preempted: a writer takes the same instructions while a reader reads at each of them",
                   Histogram,
                   classic,
                   native)
{
    Histogram h;
    warm(h);
    auto const steps = [&](auto const& between) {
        return single_step([&] { h.observe(16); },
                           [&](std::size_t) {
                               between();
                               return true;
                           });
    };
    std::size_t const alone = steps([] {});
    seen now;
    CHECK(steps([&] { h.read(now); }) == alone);
}

TEST_CASE(
    "preempted: a native histogram's declared buckets are its count, also where a reader gives up before "
    "writers that never rest, and cumulated they never go back")
{
    constexpr std::array<double, 2> bounds{1, 2};
    detail::native_cells cells(detail::native_options{.schema = 0}, bounds, [] { return std::int64_t{0}; });
    for (double const value : {1., 2., 16.})
        cells.observe(value);
    detail::native_reading now;
    std::array<std::uint64_t, 3> last{};
    std::size_t wrong = 0;
    for (double const busy : {1., 2., 16., 1.}) {
        std::uint64_t observed = 0;
        single_step([&] { cells.read(now); },
                    [&](std::size_t) {
                        cells.observe(busy);
                        ++observed;
                        return true;
                    });
        CHECK(observed > 10'000);  // the case meets what it is about
        std::uint64_t cumulated = 0;
        for (std::size_t i = 0; i != last.size(); ++i) {
            cumulated += now.classic[i];
            if (cumulated < last[i]) ++wrong;
            last[i] = cumulated;
        }
        CHECK(cumulated == now.count);
        CHECK(wrong == 0);
    }
    cells.read(now);
    std::uint64_t cumulated = 0;
    for (std::size_t const i : {0U, 1U, 2U}) {
        cumulated += now.classic[i];
        CHECK(cumulated >= last[i]);
    }
    CHECK(cumulated == now.count);
}

TEST_CASE("preempted: a native histogram's writer that stands still under the lock keeps no reader waiting")
{
    for (bool const is_limit_reached : {false, true}) {
        detail::native_cells cells(detail::native_options{.schema = 0, .bucket_limit = 3}, {},
                                   [] { return std::int64_t{0}; });
        for (double const value : {1., 16.})
            cells.observe(value);
        if (is_limit_reached) cells.observe(64);
        detail::native_reading now;
        cells.read(now);
        std::uint64_t const before = now.count;
        std::size_t wrong = 0;
        std::size_t const steps = single_step([&] { cells.observe(1024); },
                                              [&](std::size_t) {
                                                  cells.read(now);
                                                  if (now.count != before && now.count != before + 1) ++wrong;
                                                  return true;
                                              });
        CHECK(steps > 200);
        CHECK(wrong == 0);
        cells.read(now);
        CHECK(now.count == before + 1);
        CHECK(now.schema == (is_limit_reached ? -3 : 0));
    }
}

TEST_CASE("preempted: a counter read at any instruction of an increment has it or has not")
{
    counter c;
    up_down_counter open;
    c.increment(0.5);
    c.increment();
    open.increment();
    double last = 1.5;
    std::size_t wrong = 0;
    single_step(
        [&] {
            c.increment();
            c.increment(0.5);
            open.increment();
            open.decrement();
        },
        [&](std::size_t) {
            double const now = c.value().as_double();
            if (now < last || (now != 1.5 && now != 2.5 && now != 3)) ++wrong;
            last = now;
            auto const under_way = open.value().as_signed();
            if (under_way != 1 && under_way != 2) ++wrong;
            return true;
        });
    CHECK(wrong == 0);
    CHECK(c.value().as_double() == 3);
}

TEST_CASE(
    "preempted: an exemplar that is half written is not shown, keeps no reader waiting, and no other writer")
{
    detail::exemplar_slot slot;
    slot.write("a", 1, 10);
    std::size_t wrong = 0;
    std::size_t unseen = 0;
    single_step([&] { slot.write("bb", 2, 20); },
                [&](std::size_t) {
                    detail::exemplar_copy copy;
                    if (!slot.read(copy)) {
                        ++unseen;
                        slot.write("c", 3, 30);  // comes back, without having written
                        return true;
                    }
                    auto const now = copy.view();
                    bool const is_old = now.labels.text() == "a" && now.value == 1 && now.timestamp == 10;
                    bool const is_new = now.labels.text() == "bb" && now.value == 2 && now.timestamp == 20;
                    if (!is_old && !is_new) ++wrong;
                    return true;
                });
    CHECK(wrong == 0);
    CHECK(unseen > 0);
    detail::exemplar_copy last;
    REQUIRE(slot.read(last));
    CHECK(last.value == 2);
}

TEST_CASE("preempted: a child that is forked while another thread observes reads what it left, and counts on "
          "in its cells")
{
    classic h;
    h.observe(1);
    std::atomic<std::size_t> stopped_at{0};
    std::atomic<std::size_t> released{0};
    std::atomic<bool> has_ended{false};
    std::atomic<bool> is_warm{false};
    std::thread writer([&] {
        warm(h);
        is_warm = true;
        while (released == 0)
            ::sched_yield();
        single_step([&] { h.observe(16); },
                    [&](std::size_t step) {
                        stopped_at = step + 1;
                        while (released < step + 2)
                            ::sched_yield();
                        return true;
                    });
        has_ended = true;
    });
    while (!is_warm)
        std::this_thread::yield();
    seen before;
    std::size_t const alone = steps_of_a_reader(h, before);
    released = 1;
    std::size_t right = 0;
    std::size_t forked = 0;
    for (std::size_t step = 1; !has_ended; ++step) {
        while (stopped_at < step && !has_ended)
            std::this_thread::yield();
        if (has_ended) break;
        ++forked;
        pid_t const child = ::fork();
        if (child == 0) {
            ::alarm(10);  // a child that hangs ends, and fails
            seen inherited;
            h.read(inherited);
            std::thread([&] { h.observe(1); }).join();  // in the cells that the writer left in the middle
            seen now;
            std::size_t const steps = steps_of_a_reader(h, now);
            bool const is_right = now.ones == inherited.ones + 1 && now.sixteens == inherited.sixteens &&
                                  (now.apart() == 0 || now.apart() == -16) &&
                                  steps < 2 * alone;  // no retries
            ::_exit(is_right ? 0 : 1);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) ++right;
        released = step + 1;
    }
    writer.join();
    CHECK(forked > 20);
    CHECK(right == forked);
    seen after;
    h.read(after);
    CHECK(after.count() == 4);
    CHECK(after.apart() == 0);
}
#else
TEST_CASE("preempted: a thread is stopped between any two of its instructions")
{
    skip("single steps need an x86-64 processor, and no sanitizer, whose run time does not expect them");
}
#endif
