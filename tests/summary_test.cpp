// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/exposition/openmetrics.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/summary.hpp>
#include <iafmetrics/testing/fake_clock.hpp>
#include <iafmetrics/testing/value.hpp>
#include <iafmetrics/timer.hpp>

#include <doctest/doctest.h>

#include "fake_now.hpp"
#include "on_threads.hpp"
#include "skipped.hpp"
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace iafmetrics;
using iafmetrics::detail::summary_options;
using namespace std::chrono_literals;

namespace {

constexpr double most = std::numeric_limits<double>::max();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<double, 9> places{0, .01, .25, .5, .75, .9, .99, .999, 1};

inline constexpr summary_spec<"route"> sizes{"shop_size_bytes", "Sizes.", quantiles{.5, .9, .99},
                                             max_age{10min}};
inline constexpr summary_spec waits{"shop_wait_seconds", "Waits.", quantiles{0, .5, 1}};
inline constexpr summary_spec plain{"shop_pack_seconds", "Packing."};
inline constexpr claimable<summary_spec<"session">, testing::fake_clock> by_session{
    "shop_session_seconds", "Sessions.", quantiles{.5}, max_age{10s}, expire_after{1h}};

/// With one quantile that nobody asks for.
summary_options const windowed = waits.window;

double exact(std::vector<double> const& sorted, double place)
{
    return sorted[static_cast<std::size_t>(place * static_cast<double>(sorted.size() - 1))];
}

bool is_within(double found, double exact, double error)
{
    return std::abs(found - exact) <= error * std::abs(exact);
}

}  // namespace

TEST_CASE("summary: each quantile is within the relative error of the value of exactly that rank")
{
    std::mt19937_64 random(11);  // NOLINT(cert-msc51-cpp): the same values at each run
    std::uniform_real_distribution<double> uniform(-3, 100);
    std::normal_distribution<double> normal(0, 1e-3);
    std::exponential_distribution<double> exponential(1e6);
    std::lognormal_distribution<double> lognormal(0, 4);
    std::cauchy_distribution<double> cauchy(0, 1);
    std::uniform_int_distribution<int> integers(-2, 2);
    double ascending = 0;
    auto const draw = [&](int kind) {
        switch (kind) {
        case 0: return uniform(random);
        case 1: return normal(random);
        case 2: return exponential(random);
        case 3: return lognormal(random);
        case 4: return cauchy(random);
        case 5: return static_cast<double>(integers(random));
        case 6: return ascending += 1;
        case 7: return std::exp2(static_cast<double>(integers(random)));  // on the bounds of buckets
        default: return -lognormal(random);
        }
    };
    for (double const error : {.002, .01, .1, .5}) {
        summary_options const options =
            summary_spec{run_time, "w_seconds", "W.", quantiles{.5}, relative_error{error}}.window;
        for (int kind = 0; kind != 9; ++kind)
            for (std::size_t const count : {1U, 2U, 3U, 10U, 101U, 2000U}) {
                CAPTURE(error);
                CAPTURE(kind);
                CAPTURE(count);
                summary s(options);
                std::vector<double> values;
                double sum = 0;
                for (std::size_t i = 0; i != count; ++i) {
                    values.push_back(draw(kind));
                    sum += values.back();
                    s.observe(values.back());
                }
                std::sort(values.begin(), values.end());
                for (double const place : places) {
                    CAPTURE(place);
                    CHECK(is_within(s.quantile(place), exact(values, place), error));
                }
                CHECK(s.count() == count);
                CHECK(s.sum() == sum);
            }
    }
}

TEST_CASE("summary: the values at the ends of what a double can hold are within the error")
{
    for (double const error : {.002, .01, .5}) {
        summary_options const options =
            summary_spec{run_time, "w_seconds", "W.", quantiles{.5}, relative_error{error}}.window;
        for (double const value : {std::numeric_limits<double>::min(), most, 1., std::nextafter(1, 2), 0x1p60,
                                   std::nextafter(0x1p60, 0), 3e-300}) {
            CAPTURE(value);
            summary s(options);
            s.observe(value);
            CHECK(is_within(s.quantile(.5), value, error));
            s.observe(-value);
            CHECK(is_within(s.quantile(0), -value, error));
        }
        summary s(options);
        s.observe(std::numeric_limits<double>::denorm_min());
        s.observe(-0.);
        CHECK(s.quantile(1) == 0);
    }
}

TEST_CASE("summary: values too far apart count as the smallest of those that are not")
{
    summary s(windowed);
    s.observe(1e-200);
    s.observe(1e-100);
    CHECK(is_within(s.quantile(1), 1e-100, .01));
    for (int i = 0; i != 8; ++i)
        s.observe(1e100);
    s.observe(-1e-300);
    s.observe(-1e300);
    // -1e300 -1e-300 1e-200 1e-100 and 1e100 eight times
    CHECK(is_within(s.quantile(0), -1e300, .01));
    CHECK(s.quantile(1. / 11) < -1e270);
    CHECK(s.quantile(1. / 11) > -1e300 / 0x1p63);
    CHECK(s.quantile(3. / 11) > 1e100 / 0x1p65);
    CHECK(s.quantile(3. / 11) < 1e100 / 0x1p62);
    CHECK(is_within(s.quantile(.5), 1e100, .01));
    CHECK(s.count() == 12);
}

TEST_CASE("summary: values too far apart in different age buckets do so too")
{
    summary s(windowed, fake_now);
    s.observe(1e-100);
    testing::fake_clock::advance(3min);
    s.observe(1e100);
    CHECK(s.quantile(0) > 1e100 / 0x1p65);
    CHECK(s.quantile(0) < 1e100 / 0x1p62);
    CHECK(is_within(s.quantile(1), 1e100, .01));
    testing::fake_clock::advance(8min);
    CHECK(is_within(s.quantile(0), 1e100, .01));
    testing::fake_clock::advance(10min);
    s.observe(1e-100);
    CHECK(is_within(s.quantile(1), 1e-100, .01));
}

TEST_CASE("summary: a quantile forgets what is older than the window, count and sum do not")
{
    summary s(windowed, fake_now);  // ten minutes in five parts
    CHECK(std::isnan(s.quantile(.5)));
    s.observe(1);
    testing::fake_clock::advance(1min);
    s.observe(2);
    testing::fake_clock::advance(8min + 59s);
    CHECK(is_within(s.quantile(0), 1, .01));
    s.observe(3);
    CHECK(is_within(s.quantile(1), 3, .01));
    testing::fake_clock::advance(1s);  // ten minutes since the first
    CHECK(is_within(s.quantile(0), 3, .01));
    CHECK(s.count() == 3);
    CHECK(s.sum() == 6);
    testing::fake_clock::advance(7min + 59s);
    CHECK(is_within(s.quantile(.5), 3, .01));
    testing::fake_clock::advance(1s);
    CHECK(std::isnan(s.quantile(.5)));
    CHECK(s.count() == 3);
    s.observe(4);
    CHECK(is_within(s.quantile(0), 4, .01));
    testing::fake_clock::advance(24h);
    CHECK(std::isnan(s.quantile(0)));
    CHECK(s.count() == 4);
    CHECK(s.sum() == 10);
}

TEST_CASE(
    "summary: whatever the steps of time, the window holds what is young enough and nothing that is too old")
{
    std::mt19937 random(3);  // NOLINT(cert-msc51-cpp): the same steps at each run
    for (std::uint32_t const parts : {1U, 2U, 5U, 60U}) {
        summary_options options = windowed;
        options.age_buckets = parts;
        options.max_age_nanoseconds = 60'000'000'000;
        summary s(options, fake_now);
        std::vector<std::pair<std::int64_t, double>> observed;  // when, in seconds, and what
        std::int64_t now = 0;
        for (int i = 1; i != 1000; ++i) {
            std::int64_t const step = random() % 50 == 0 ? 200 : static_cast<std::int64_t>(random() % 5);
            testing::fake_clock::advance(std::chrono::seconds(step));
            now += step;
            if (random() % 3 != 0) {
                s.observe(i);
                observed.emplace_back(now, i);
            }
            // Of those by part: from the beginning of the oldest part on.
            std::int64_t const width = 60 / parts;
            std::int64_t const begins = (now / width - parts + 1) * width;
            double oldest = not_a_number;
            for (auto const& [when, what] : observed)
                if (when >= begins) {
                    oldest = what;
                    break;
                }
            double const found = s.quantile(0);
            if (std::isnan(oldest))
                CHECK(std::isnan(found));
            else
                CHECK(is_within(found, oldest, .01));
        }
        CHECK(s.count() == observed.size());
    }
}

TEST_CASE("summary: many threads lose nothing while the window moves and pages are read")
{
    constexpr int threads = 4;
    constexpr int each = 20'000;
    static std::atomic<std::int64_t> moved{0};
    summary_options options = windowed;
    options.max_age_nanoseconds = 500;
    summary s(options, [] { return moved.load(std::memory_order_relaxed); });
    std::atomic<bool> is_done{false};
    std::jthread const reader([&] {
        std::uint64_t before = 0;
        while (!is_done) {
            std::uint64_t const now = s.count();
            if (now < before) FAIL_CHECK("a count went back");
            before = now;
            double const median = s.quantile(.5);
            if (!std::isnan(median) && !(median > 1.9 && median < 8.1)) FAIL_CHECK("no value of any thread");
            moved.fetch_add(7, std::memory_order_relaxed);
        }
    });
    on_threads(threads, [&](int i) {
        for (int n = 0; n != each; ++n)
            s.observe(2 * (i + 1));
    });
    is_done = true;
    CHECK(s.count() == threads * each);
    CHECK(s.sum() == each * 20.);
}

TEST_CASE("summary: threads fill one window as one does")
{
    constexpr int each = 5000;
    summary s(windowed);
    on_threads(4, [&](int i) {
        for (int n = 0; n != each; ++n)
            s.observe(1 + i + 4 * n);
    });
    for (double const place : places)
        CHECK(is_within(s.quantile(place), 1 + std::floor(place * (4 * each - 1)), .01));
}

TEST_CASE("summary: NaN and infinities are refused and counted")
{
    registry r;
    summary& s = r.add(waits);
    for (double const value : {not_a_number, infinity, -infinity, 1.})
        s.observe(value);
    CHECK(s.refused() == 3);
    CHECK(s.count() == 1);
    CHECK(s.sum() == 1);
    CHECK(is_within(s.quantile(1), 1, .01));
    CHECK(testing::value(r, "iafmetrics_refused_amounts_total", {{"metric", "shop_wait_seconds"}}) == 3);
}

TEST_CASE("summary: a place that is none has no value")
{
    summary s(windowed);
    s.observe(1);
    for (double const place : {-.1, 1.1, not_a_number})
        CHECK(std::isnan(s.quantile(place)));
}

TEST_CASE("summary: without quantiles it is a count and a sum")
{
    registry r;
    summary& s = r.add(plain);
    s.observe(1);
    s.observe(2.5);
    CHECK(std::isnan(s.quantile(.5)));
    CHECK(exposition::text(r) == "# HELP shop_pack_seconds Packing.\n# TYPE shop_pack_seconds summary\n"
                                 "shop_pack_seconds_sum 3.5\nshop_pack_seconds_count 2\n");
}

TEST_CASE("summary: text shows its quantiles, NaN before the first value")
{
    registry r;
    r.add(waits);
    auto& family = r.add(sizes);
    family.with("/carts").observe(0);
    CHECK(exposition::text(r) ==
          "# HELP shop_wait_seconds Waits.\n# TYPE shop_wait_seconds summary\n"
          "shop_wait_seconds{quantile=\"0\"} NaN\nshop_wait_seconds{quantile=\"0.5\"} NaN\n"
          "shop_wait_seconds{quantile=\"1\"} NaN\nshop_wait_seconds_sum 0\nshop_wait_seconds_count 0\n"
          "# HELP shop_size_bytes Sizes.\n# TYPE shop_size_bytes summary\n"
          "shop_size_bytes{route=\"/carts\",quantile=\"0.5\"} 0\n"
          "shop_size_bytes{route=\"/carts\",quantile=\"0.9\"} 0\n"
          "shop_size_bytes{route=\"/carts\",quantile=\"0.99\"} 0\n"
          "shop_size_bytes_sum{route=\"/carts\"} 0\nshop_size_bytes_count{route=\"/carts\"} 1\n");
}

TEST_CASE("summary: OpenMetrics shows its quantiles, and when it began where that is asked for")
{
    registry r;
    auto const before = std::chrono::system_clock::now().time_since_epoch() / 1s;
    r.add(waits).observe(0);
    std::string const page = exposition::openmetrics(r, {.created = true});
    std::string const head = "# TYPE shop_wait_seconds summary\n# UNIT shop_wait_seconds seconds\n"
                             "# HELP shop_wait_seconds Waits.\n"
                             "shop_wait_seconds{quantile=\"0.0\"} 0\nshop_wait_seconds{quantile=\"0.5\"} 0\n"
                             "shop_wait_seconds{quantile=\"1.0\"} 0\nshop_wait_seconds_count 1\n"
                             "shop_wait_seconds_sum 0\nshop_wait_seconds_created ";
    REQUIRE(page.starts_with(head));
    double const created = std::stod(page.substr(head.size()));
    CHECK(std::abs(created - static_cast<double>(before)) < 10);
}

TEST_CASE("summary_spec: options are what the summary is made with")
{
    static_assert(waits.window.quantile_count == 3);
    static_assert(waits.window.quantiles()[1] == .5);
    static_assert(plain.window == summary_options{});
    static_assert(summary_options{}.schema ==
                  summary_spec{"w_seconds", "W.", relative_error{.01}}.window.schema);
    constexpr summary_spec all{"w_seconds", "W.",         age_buckets{3},
                               quantiles{}, max_age{10s}, relative_error{.1}};
    static_assert(all.window.age_buckets == 3);
    static_assert(all.window.quantile_count == 0);
    static_assert(all.window.max_age_nanoseconds == 10'000'000'000);
    for (double const error : {.002, .003, .01, .05, .1, .4, .5}) {
        int const schema = summary_spec{run_time, "w_seconds", "W.", relative_error{error}}.window.schema;
        CHECK(detail::sketch_window::error_of(schema) <= error);
    }
    std::vector<double> const at_run_time{.25, .75};
    summary_spec const of_vector{run_time, "w_seconds", "W.", at_run_time};
    CHECK(of_vector.window.quantile_count == 2);
    CHECK(of_vector.window.quantiles()[1] == .75);
}

TEST_CASE("summary_spec: at run time a broken rule is an exception that names it")
{
    auto const refused = [](auto... options) {
        try {
            (void)summary_spec{run_time, "w_seconds", "W.", options...};
        } catch (registration_error const& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    auto const says = [](std::string const& error, std::string_view text) {
        return error.starts_with("metric \"w_seconds\": ") && error.find(text) != std::string::npos;
    };
    CHECK(refused() == "");
    CHECK(refused(quantiles{0, 1}) == "");
    CHECK(says(refused(quantiles{1.1}), "between 0 and 1"));
    CHECK(says(refused(quantiles{-.1}), "between 0 and 1"));
    CHECK(says(refused(std::vector<double>{not_a_number}), "between 0 and 1"));
    CHECK(says(refused(quantiles{.9, .5}), "ascend"));
    CHECK(says(refused(quantiles{.5, .5}), "ascend"));
    std::vector<double> many;
    for (int i = 0; i != 16; ++i)
        many.push_back(i / 20.);
    CHECK(refused(many) == "");
    many.push_back(.9);
    CHECK(says(refused(many), "at most 16"));
    CHECK(says(refused(max_age{0s}), "more than 0 seconds"));
    CHECK(says(refused(age_buckets{0}), "at least 1"));
    CHECK(says(refused(age_buckets{61}), "at most 60"));
    CHECK(says(refused(relative_error{.001}), "between 0.002 and 0.5"));
    CHECK(says(refused(relative_error{.6}), "between 0.002 and 0.5"));
    CHECK(says(refused(relative_error{not_a_number}), "between 0.002 and 0.5"));
}

TEST_CASE("summary: the same name with other quantiles or another window is refused")
{
    registry r;
    summary& s = r.add(waits);
    CHECK(&r.add(waits) == &s);
    CHECK_THROWS_WITH_AS((void)r.add(summary_spec{run_time, "shop_wait_seconds", "Waits.", quantiles{0, .5}}),
                         doctest::Contains("other quantiles or another window"), registration_error);
    CHECK_THROWS_WITH_AS(
        (void)r.add(summary_spec{run_time, "shop_wait_seconds", "Waits.", quantiles{0, .5, 1}, max_age{1s}}),
        doctest::Contains("other quantiles or another window"), registration_error);
    CHECK_THROWS_WITH_AS(
        (void)r.add(gauge_spec{run_time, "shop_wait_seconds_sum", "Sum.", exemption{"test"}}),
        doctest::Contains("shop_wait_seconds"), registration_error);
}

TEST_CASE("summary: the clock of a claimable declaration moves its window")
{
    registry r;
    auto session = r.add(by_session).claim("a");
    session->observe(2);
    auto const median = [&] {
        return testing::value(r, "shop_session_seconds", {{"session", "a"}, {"quantile", "0.5"}});
    };
    CHECK(is_within(median(), 2, .01));
    testing::fake_clock::advance(10s);
    CHECK(std::isnan(median()));
    CHECK(testing::value(r, "shop_session_seconds_count", {{"session", "a"}}) == 1);
}

TEST_CASE("summary: a timer observes into it")
{
    summary s(windowed);
    {
        timer<summary, testing::fake_clock> const t{s};
        testing::fake_clock::advance(2s);
    }
    CHECK(s.sum() == 2);
    CHECK(is_within(s.quantile(.5), 2, .01));
}

TEST_CASE("summary: in a child of a process whose threads observe it can be observed and read")
{
    if (is_under_thread_sanitizer) return skip(forks_are_not_followed);
    summary s(windowed);
    std::atomic<bool> is_done{false};
    std::jthread const busy([&] {
        while (!is_done)
            s.observe(1);
    });
    while (s.count() == 0)
        std::this_thread::yield();
    for (int i = 0; i != 50; ++i) {
        pid_t const child = ::fork();
        if (child == 0) {
            ::alarm(10);
            std::uint64_t const before = s.count();
            s.observe(1);
            ::_exit(s.count() == before + 1 && is_within(s.quantile(.5), 1, .01) ? 0 : 1);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        REQUIRE(WIFEXITED(status));
        REQUIRE(WEXITSTATUS(status) == 0);
    }
    is_done = true;
}
