// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/native_histogram.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/testing/fake_clock.hpp>
#include <iafmetrics/timer.hpp>

#include <doctest/doctest.h>

#include "detail/slow_native_index.hpp"
#include "fake_now.hpp"
#include "on_threads.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace iafmetrics;
using iafmetrics::detail::native_options;
using namespace std::chrono_literals;

namespace {

constexpr double most = std::numeric_limits<double>::max();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

using counts = std::map<std::int32_t, std::uint64_t>;

/// A snapshot that keeps what it refers to.
struct kept {
    int schema;
    double zero_threshold;
    std::uint64_t zero_count;
    std::uint64_t count;
    double sum;
    counts negative;
    counts positive;

    explicit kept(native_snapshot const& now)
        : schema(now.schema), zero_threshold(now.zero_threshold), zero_count(now.zero_count),
          count(now.count), sum(now.sum), negative(keep(now.negative)), positive(keep(now.positive))
    {}

    [[nodiscard]] std::size_t buckets() const { return negative.size() + positive.size(); }
    [[nodiscard]] std::uint64_t in_buckets() const
    {
        std::uint64_t total = zero_count;
        for (auto const& side : {negative, positive})
            for (auto const& [index, amount] : side)
                total += amount;
        return total;
    }

private:
    static counts keep(std::span<native_snapshot::bucket const> buckets)
    {
        counts all;
        for (auto const& [index, amount] : buckets) {
            if (amount == 0) FAIL_CHECK("a bucket of 0");
            if (!all.empty() && all.rbegin()->first >= index) FAIL_CHECK("buckets out of order");
            all[index] = amount;
        }
        return all;
    }
};

kept snapshot_of(native_histogram const& of)
{
    std::optional<kept> now;
    of.read([&](native_snapshot const& snapshot) { now.emplace(snapshot); });
    return *now;
}

/// The buckets that values have by this schema and threshold, one by one.
void check_each_bucket(kept const& now, std::vector<double> const& values)
{
    counts negative;
    counts positive;
    std::uint64_t zero = 0;
    for (double const value : values)
        if (std::abs(value) <= now.zero_threshold)
            ++zero;
        else
            ++(value < 0 ? negative : positive)[slow_native_index(std::abs(value), now.schema)];
    CHECK(now.count == values.size());
    CHECK(now.zero_count == zero);
    CHECK(now.negative == negative);
    CHECK(now.positive == positive);
}

}  // namespace

TEST_CASE("native_histogram: values are in buckets that grow by a factor, of either sign")
{
    native_histogram h(native_options{.schema = 0});
    for (double const value : {1., 1.5, 2., 2.5, 4., -3., -0.3})
        h.observe(value);
    kept const now = snapshot_of(h);
    CHECK(now.schema == 0);
    CHECK(now.positive == counts{{0, 1}, {1, 2}, {2, 2}});
    CHECK(now.negative == counts{{-1, 1}, {2, 1}});
    CHECK(now.count == 7);
    CHECK(now.sum == doctest::Approx(7.7));
    CHECK(h.count() == 7);
    CHECK(h.sum() == doctest::Approx(7.7));
}

TEST_CASE("native_histogram: the zero bucket holds what is no further from 0 than its threshold")
{
    native_histogram h(native_options{});
    double const edge = 0x1p-128;
    for (double const value : {0., -0., edge, -edge, std::nextafter(edge, 1), -std::nextafter(edge, 1)})
        h.observe(value);
    kept const now = snapshot_of(h);
    CHECK(now.zero_threshold == edge);
    CHECK(now.zero_count == 4);
    CHECK(now.positive == counts{{-128 * 8 + 1, 1}});
    CHECK(now.negative == counts{{-128 * 8 + 1, 1}});

    native_histogram narrow(native_options{.zero_threshold = 0});
    narrow.observe(0);
    narrow.observe(std::numeric_limits<double>::denorm_min());
    CHECK(snapshot_of(narrow).zero_count == 1);
    CHECK(snapshot_of(narrow).positive == counts{{-1074 * 8, 1}});
}

TEST_CASE("native_histogram: NaN counts in no bucket, an infinity behind the largest double")
{
    native_histogram h(native_options{});
    h.observe(most);
    h.observe(-most);
    h.observe(infinity);
    h.observe(-infinity);
    kept const now = snapshot_of(h);
    CHECK(now.positive == counts{{8192, 1}, {8193, 1}});
    CHECK(now.negative == counts{{8192, 1}, {8193, 1}});
    CHECK(now.count == 4);
    CHECK(std::isnan(now.sum));

    native_histogram poisoned(native_options{});
    poisoned.observe(1);
    poisoned.observe(not_a_number);
    poisoned.observe(-not_a_number);
    kept const then = snapshot_of(poisoned);
    CHECK(then.count == 3);
    CHECK(then.in_buckets() == 1);
    CHECK(std::isnan(then.sum));
}

TEST_CASE("native_histogram: without a value it is empty")
{
    native_histogram const h(native_options{});
    kept const now = snapshot_of(h);
    CHECK(now.count == 0);
    CHECK(now.buckets() == 0);
    CHECK(now.sum == 0);
    CHECK(now.schema == 3);
}

TEST_CASE("native_histogram: at the limit buckets become twice as wide until they are few enough")
{
    native_histogram h(native_options{.schema = 8, .bucket_limit = 20});
    std::vector<double> values;
    for (int i = 0; i != 200; ++i) {
        values.push_back(std::pow(1.01, i) * (i % 3 == 0 ? -1 : 1));
        h.observe(values.back());
        kept const now = snapshot_of(h);
        CHECK(now.buckets() <= 20);
        CHECK(now.count == values.size());
    }
    kept const now = snapshot_of(h);
    CHECK(now.schema == 1);
    check_each_bucket(now, values);
}

TEST_CASE("native_histogram: the zero bucket is widened first, as far as is allowed")
{
    native_histogram h(native_options{.schema = 0, .bucket_limit = 4, .max_zero_threshold = 1});
    std::vector<double> values;
    auto const observe = [&](double value) {
        h.observe(value);
        values.push_back(value);
    };
    for (double const value : {0.25, -0.5, 1., 2.})
        observe(value);
    CHECK(snapshot_of(h).zero_threshold == 0x1p-128);
    observe(4);
    CHECK(snapshot_of(h).zero_threshold == 0.25);
    observe(8);
    CHECK(snapshot_of(h).zero_threshold == 1);  // twice as far as the first time, and no further than allowed
    CHECK(snapshot_of(h).zero_count == 3);
    CHECK(snapshot_of(h).schema == 0);
    observe(16);
    observe(32);
    CHECK(snapshot_of(h).schema == -1);
    CHECK(snapshot_of(h).zero_threshold == 1);
    check_each_bucket(snapshot_of(h), values);
}

TEST_CASE("native_histogram: a value that would be the smallest may be what the zero bucket takes")
{
    native_histogram h(native_options{.schema = 0, .bucket_limit = 2, .max_zero_threshold = 1});
    for (double const value : {4., 8., 0.001})
        h.observe(value);
    kept const now = snapshot_of(h);
    CHECK(now.zero_threshold == 0x1p-9);
    CHECK(now.zero_count == 1);
    CHECK(now.positive == counts{{2, 1}, {3, 1}});
}

TEST_CASE("native_histogram: where the widest buckets are too many, the zero bucket takes the smallest")
{
    native_histogram h(native_options{.bucket_limit = 2});
    std::uint64_t observed = 0;
    for (double const value : {1e-30, 1e10, 1e30, 1e100, -1e300, infinity, -infinity, 1e-10, most}) {
        h.observe(value);
        ++observed;
        kept const now = snapshot_of(h);
        CHECK(now.buckets() <= 2);
        CHECK(now.count == observed);
        CHECK(now.in_buckets() == observed);
        CHECK(now.zero_threshold <= most);
    }
    CHECK(snapshot_of(h).schema == -4);
}

TEST_CASE("native_histogram: whatever is observed under whatever options, each bucket is what its values say")
{
    std::mt19937_64 random(5);  // NOLINT(cert-msc51-cpp): the same values at each run
    auto const below = [&](std::uint64_t end) { return random() % end; };
    for (int round = 0; round != 300; ++round) {
        CAPTURE(round);
        native_options options;
        options.schema = static_cast<int>(below(13)) - 4;
        options.bucket_limit = static_cast<std::uint32_t>(2 + below(round % 2 == 0 ? 20 : 255));
        options.zero_threshold = below(2) == 0 ? 0x1p-128 : std::exp2(-static_cast<double>(below(40)));
        options.max_zero_threshold = below(2) == 0 ? 0 : std::exp2(20 - static_cast<double>(below(40)));
        native_histogram h(options);
        double const spread = static_cast<double>(1 + below(60));
        std::vector<double> values;
        for (std::uint64_t i = 50 + below(400); i != 0; --i) {
            double const exponent = (static_cast<double>(below(1'000'000)) / 1e6 - 0.5) * spread;
            values.push_back(std::exp2(exponent) * (below(4) == 0 ? -1 : 1));
            if (below(30) == 0) values.back() = std::ldexp(1, static_cast<int>(exponent));
            if (below(50) == 0) values.back() = 0;
            h.observe(values.back());
        }
        kept const now = snapshot_of(h);
        CHECK(now.buckets() <= options.bucket_limit);
        CHECK(now.zero_threshold >= options.zero_threshold);
        if (now.zero_threshold > options.zero_threshold && now.zero_threshold > options.max_zero_threshold)
            CHECK(now.schema == -4);
        check_each_bucket(now, values);
        double sum = 0;
        for (double const value : values)
            sum += value;
        CHECK(now.sum == doctest::Approx(sum));
    }
}

TEST_CASE("native_histogram: classic buckets count beside, NaN in +Inf")
{
    struct page : visitor {
        std::vector<std::uint64_t> classic;
        std::uint64_t count = 0;
        std::size_t buckets = 0;
        void begin_family(family_header const&) override {}
        void value(labels_view, number) override {}
        void histogram(labels_view, histogram_snapshot const& now) override
        {
            classic.assign(now.counts.begin(), now.counts.end());
            REQUIRE(now.native != nullptr);
            count = now.native->count;
            buckets = now.native->positive.size();
        }
        void summary(labels_view, summary_snapshot const&) override {}
    };
    std::vector<double> many(64);
    for (std::size_t i = 0; i != many.size(); ++i)
        many[i] = static_cast<double>(i + 1);
    std::array<double, 3> const few{1, 2, 10};
    for (std::span<double const> const bounds :
         {std::span<double const>(few), std::span<double const>(many)}) {
        native_histogram h(native_options{}, bounds);
        for (double const value : {0.5, 1., 1.5, 10., 100., infinity, not_a_number})
            h.observe(value);
        page shown;
        h.show({}, shown);
        REQUIRE(shown.classic.size() == bounds.size() + 1);
        CHECK(shown.classic[0] == 2);
        CHECK(shown.classic[1] == 1);
        CHECK(shown.classic.back() == 3);
        CHECK(shown.count == 7);
        CHECK(shown.buckets == 6);
    }
}

TEST_CASE("native_histogram: where the last beginning is long ago it begins anew at the limit")
{
    std::array<double, 1> const bounds{10};
    native_histogram h(native_options{.schema = 0, .bucket_limit = 4, .min_reset_nanoseconds = 1'000'000'000},
                       bounds, fake_now);
    std::int64_t const begun = h.created();
    CHECK(begun > 1'600'000'000'000'000'000);
    for (double const value : {1., 2., 4., 8.})
        h.observe(value);
    testing::fake_clock::advance(999ms);
    h.observe(16);
    CHECK(h.count() == 5);
    CHECK(snapshot_of(h).schema == -1);
    CHECK(h.created() == begun);
    testing::fake_clock::advance(1ms);
    h.observe(64);  // of a new bucket
    kept const now = snapshot_of(h);
    CHECK(now.schema == 0);
    CHECK(now.count == 1);
    CHECK(now.sum == 64);
    CHECK(now.positive == counts{{6, 1}});
    CHECK(h.created() > begun);
    h.observe(64);
    CHECK(h.count() == 2);
}

TEST_CASE("native_histogram: it begins anew also where nothing was widened before")
{
    native_histogram h(native_options{.schema = 0, .bucket_limit = 2}, {}, fake_now);
    testing::fake_clock::advance(1h);
    for (double const value : {1., 2., 4.})
        h.observe(value);
    CHECK(snapshot_of(h).positive == counts{{2, 1}});
    CHECK(snapshot_of(h).schema == 0);
}

TEST_CASE("native_histogram: one that never resets does not")
{
    native_histogram h(
        native_options{.schema = 0, .bucket_limit = 2, .min_reset_nanoseconds = native_options::never}, {},
        fake_now);
    for (double const value : {1., 2., 4., 8.}) {
        testing::fake_clock::advance(1h);
        h.observe(value);
    }
    CHECK(h.count() == 4);
}

TEST_CASE("native_histogram: one that was widened begins anew when it is shown and that is due")
{
    struct : visitor {
        std::uint64_t count = 0;
        void begin_family(family_header const&) override {}
        void value(labels_view, number) override {}
        void histogram(labels_view, histogram_snapshot const& now) override { count = now.native->count; }
        void summary(labels_view, summary_snapshot const&) override {}
    } page;
    native_histogram h(native_options{.schema = 0, .bucket_limit = 2}, {}, fake_now);
    for (double const value : {1., 2., 4., 8.})
        h.observe(value);
    h.show({}, page);
    CHECK(h.count() == 4);
    testing::fake_clock::advance(1h);
    CHECK(h.count() == 4);
    h.show({}, page);
    CHECK(page.count == 4);
    CHECK(h.count() == 0);
    CHECK(snapshot_of(h).schema == 0);

    testing::fake_clock::advance(2h);
    h.observe(1);
    h.show({}, page);
    CHECK(h.count() == 1);  // nothing was widened
}

TEST_CASE("native_histogram: memory and counts are bounded by an epoch, however many there are")
{
    detail::native_cells cells(native_options{.schema = 8, .bucket_limit = 8, .max_zero_threshold = 1e300},
                               {}, fake_now);
    std::atomic<int> round{0};
    std::atomic<int> done{0};
    std::jthread const other([&] {  // leaves numbers in cells of many epochs
        for (int seen = 0; seen != 500;)
            if (round.load() > seen) {
                cells.observe(3);
                done = ++seen;
            } else {
                std::this_thread::yield();
            }
    });
    std::size_t after_first = 0;
    for (int i = 1; i <= 500; ++i) {
        for (int n = -30; n != 30; ++n)
            cells.observe(std::ldexp(1., n));
        testing::fake_clock::advance(1h);
        cells.reset_if_due();
        detail::native_reading empty;
        cells.read(empty);
        CHECK(empty.count == 0);
        round = i;
        while (done != i)
            std::this_thread::yield();
        cells.observe(5);
        detail::native_reading now;
        cells.read(now);
        CHECK(now.count == 2);
        CHECK(now.sum == 8);
        if (i == 1) after_first = cells.generations();
    }
    CHECK(after_first <= 34);
    CHECK(cells.generations() <= after_first + 1);
}

TEST_CASE("native_histogram: an epoch has few generations, whatever is observed")
{
    detail::native_cells cells(
        native_options{.schema = 8, .bucket_limit = 2, .zero_threshold = 0, .max_zero_threshold = most}, {},
        fake_now);
    for (int exponent = -1074; exponent != 1024; ++exponent)
        for (double const part : {1., 1.2, 1.4, 1.6, 1.8})
            cells.observe(std::ldexp(part, exponent));
    CHECK(cells.generations() <= 34);
    detail::native_reading now;
    cells.read(now);
    CHECK(now.count == 5 * 2098);
}

TEST_CASE("native_histogram: nothing is lost while many threads observe and buckets are widened")
{
    for (double const max_zero : {0., 1.}) {
        std::array<double, 2> const bounds{1, 1000};
        native_histogram h(native_options{.schema = 8, .bucket_limit = 40, .max_zero_threshold = max_zero},
                           bounds);
        constexpr int threads = 4;
        constexpr int each = 20'000;
        std::vector<std::vector<double>> values(threads);
        for (std::size_t t = 0; t != threads; ++t) {
            std::mt19937_64 random(t);
            for (int n = 0; n != each; ++n) {
                double const spread = 40. * n / each;  // ever wider, so that all schemas are met
                double const exponent = (static_cast<double>(random() % 1'000'000) / 1e6 - 0.5) * spread;
                values[t].push_back(std::exp2(exponent) * (random() % 4 == 0 ? -1 : 1));
            }
        }
        std::atomic<bool> is_over{false};
        std::thread reader([&] {
            std::uint64_t before = 0;
            while (!is_over) {
                kept const now = snapshot_of(h);
                if (now.buckets() > 40) FAIL_CHECK(now.buckets() << " buckets");
                if (now.count < before) FAIL_CHECK(now.count << " after " << before);
                if (now.count != now.in_buckets()) FAIL_CHECK("values in no bucket");
                before = now.count;
            }
        });
        on_threads(threads, [&](int t) {
            for (double const value : values[static_cast<std::size_t>(t)])
                h.observe(value);
        });
        is_over = true;
        reader.join();
        std::vector<double> all;
        for (auto const& some : values)
            all.insert(all.end(), some.begin(), some.end());
        kept const now = snapshot_of(h);
        CHECK(now.schema < 4);
        check_each_bucket(now, all);
        double sum = 0;
        for (double const value : all)
            sum += value;
        CHECK(now.sum == doctest::Approx(sum).epsilon(1e-9));
    }
}

TEST_CASE("native_histogram: a reader sees whole observations, so that sum and buckets are of the same ones")
{
    native_histogram h(native_options{.schema = 0});
    std::atomic<bool> is_over{false};
    int torn = 0;
    double apart = 0;
    std::vector<std::jthread> pool;
    for (double const value : {1., 4.})
        pool.emplace_back([&, value] {
            while (!is_over) {
                h.observe(value);
                std::this_thread::yield();  // an ever busy writer may be read in the middle
            }
        });
    constexpr int reads = 5'000;
    for (int i = 0; i != reads; ++i) {
        kept const now = snapshot_of(h);
        double sum = 0;
        for (auto const& [index, amount] : now.positive)
            sum += static_cast<double>(amount) * std::exp2(index);
        if (sum != now.sum) ++torn;
        apart = std::max(apart, std::abs(sum - now.sum));
    }
    is_over = true;
    MESSAGE(torn, " of ", reads, " reads met a writer that was preempted in the middle");
    CHECK(apart <= 1 + 4);  // of such a writer one observation is under way, for as long as it waits
}

TEST_CASE("native_histogram: threads observe and pages are read while epochs end")
{
    native_histogram h(native_options{.schema = 0, .bucket_limit = 16, .min_reset_nanoseconds = 1}, {},
                       fake_now);
    std::atomic<bool> is_over{false};
    std::vector<std::jthread> pool;
    for (std::uint64_t t = 0; t != 3; ++t)
        pool.emplace_back([&, t] {
            for (std::mt19937_64 random(t); !is_over;)
                h.observe(std::ldexp(1, static_cast<int>(random() % 20)));
        });
    int torn = 0;
    int whole = 0;
    std::int64_t created = 0;
    for (int reads = 0; reads != 5'000; ++reads) {
        testing::fake_clock::advance(1ns);
        kept const now = snapshot_of(h);
        if (now.buckets() > 16) FAIL_CHECK(now.buckets() << " buckets");
        if (now.count != now.in_buckets()) FAIL_CHECK("values in no bucket");
        std::int64_t const begun = h.created();
        if (begun < created) FAIL_CHECK("an epoch that ended comes back");
        created = begun;
        if (now.schema != 0) continue;  // buckets do not tell the values
        double sum = 0;
        for (auto const& [index, amount] : now.positive)
            sum += static_cast<double>(amount) * std::exp2(index);
        ++(sum == now.sum ? whole : torn);
    }
    is_over = true;
    pool.clear();
    CHECK(torn * 50 <= whole);

    testing::fake_clock::advance(1ns);
    double value = 0x1p30;
    while (h.count() != 1)  // to the limit, which begins anew
        h.observe(value *= 2);
    on_threads(3, [&](int) { h.observe(value); });
    CHECK(h.count() == 4);
    CHECK(h.sum() == 4 * value);
}

TEST_CASE("native_histogram: a thread whose thread_local objects are gone counts too")
{
    static native_histogram h(native_options{.schema = 0, .bucket_limit = 4});
    struct last_words {
        bool is_set = false;
        ~last_words()
        {
            for (double const value : {1., 2., 4., 8., 16., 16.})
                h.observe(value);
        }
    };
    std::jthread([] {
        static thread_local last_words words;  // before the first observation: destroyed behind the cells
        words.is_set = true;
        h.observe(1);
    }).join();
    kept const now = snapshot_of(h);
    CHECK(now.count == 7);
    CHECK(now.sum == 48);
    CHECK(now.schema == -1);
    CHECK(now.positive == counts{{0, 2}, {1, 2}, {2, 3}});
}

namespace {

inline constexpr native_histogram_spec<"route"> durations{"shop_duration_seconds", "Durations.", growth{1.5},
                                                          bucket_limit{50}};
inline constexpr native_histogram_spec both{"shop_wait_seconds", "Waits.", buckets{1, 2}};
inline constexpr claimable<native_histogram_spec<"session">, testing::fake_clock> by_session{
    "shop_session_duration_seconds", "Durations.", expire_after{10s}, growth{2}};

}  // namespace

TEST_CASE("native_histogram_spec: options are what the histogram is made with")
{
    static_assert(durations.native.schema == 1);
    static_assert(durations.native.bucket_limit == 50);
    static_assert(both.native == native_options{});
    static_assert(native_options{}.schema == detail::schema_of_growth(1.1));
    constexpr native_histogram_spec all{"shop_wait_seconds",      "Waits.",
                                        min_reset{10min},         zero_threshold{0},
                                        max_zero_threshold{.001}, growth{1.005}};
    static_assert(all.native == native_options{.schema = 8,
                                               .zero_threshold = 0,
                                               .max_zero_threshold = .001,
                                               .min_reset_nanoseconds = 600'000'000'000});
    static_assert(native_histogram_spec{"w_seconds", "W.", min_reset{never}}.native.min_reset_nanoseconds ==
                  native_options::never);
}

TEST_CASE("native_histogram_spec: at run time a broken rule is an exception that names it")
{
    auto const refused = [](auto... options) {
        try {
            (void)native_histogram_spec{run_time, "w_seconds", "W.", options...};
        } catch (registration_error const& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK(refused() == "");
    CHECK(refused(growth{1}).find("finite and above 1") != std::string::npos);
    CHECK(refused(growth{not_a_number}).find("finite and above 1") != std::string::npos);
    CHECK(refused(growth{infinity}).find("finite and above 1") != std::string::npos);
    CHECK(refused(bucket_limit{1}).find("at least 2") != std::string::npos);
    CHECK(refused(bucket_limit{257}).find("at most 256") != std::string::npos);
    CHECK(refused(min_reset{0s}).find("more than 0 seconds") != std::string::npos);
    CHECK(refused(zero_threshold{-1}).find("not negative") != std::string::npos);
    CHECK(refused(max_zero_threshold{infinity}).find("finite") != std::string::npos);
}

TEST_CASE("native_histogram: a registry shows it as text with the declared buckets or +Inf alone")
{
    registry r;
    auto& family = r.add(durations);
    family.with("/carts").observe(.25);
    family.with("/carts").observe(.5);
    native_histogram& waits = r.add(both);
    {
        timer<native_histogram, testing::fake_clock> const t{waits};
        testing::fake_clock::advance(1s);
    }
    waits.observe(1.5);
    waits.observe(-3);
    CHECK(&r.add(both) == &waits);
    CHECK(exposition::text(r) ==
          "# HELP shop_duration_seconds Durations.\n# TYPE shop_duration_seconds histogram\n"
          "shop_duration_seconds_bucket{route=\"/carts\",le=\"+Inf\"} 2\n"
          "shop_duration_seconds_sum{route=\"/carts\"} 0.75\n"
          "shop_duration_seconds_count{route=\"/carts\"} 2\n"
          "# HELP shop_wait_seconds Waits.\n# TYPE shop_wait_seconds histogram\n"
          "shop_wait_seconds_bucket{le=\"1\"} 2\nshop_wait_seconds_bucket{le=\"2\"} 3\n"
          "shop_wait_seconds_bucket{le=\"+Inf\"} 3\nshop_wait_seconds_sum -0.5\n"
          "shop_wait_seconds_count 3\n");
}

TEST_CASE("native_histogram: the same name with other options is refused")
{
    registry r;
    r.add(both);
    CHECK_THROWS_WITH_AS(
        (void)r.add(native_histogram_spec{run_time, "shop_wait_seconds", "Waits.", buckets{1, 2}, growth{2}}),
        doctest::Contains("other native buckets"), registration_error);
    CHECK_THROWS_WITH_AS((void)r.add(histogram_spec{run_time, "shop_wait_seconds", "Waits.", buckets{1, 2}}),
                         doctest::Contains("another kind of instrument"), registration_error);
}

TEST_CASE("native_histogram: a claimed one stays while values come")
{
    registry r;
    auto& family = r.add(by_session);
    auto session = family.claim("a");
    native_histogram& held = *session;
    auto const is_shown = [&] { return exposition::text(r).find("session=\"a\"") != std::string::npos; };
    CHECK(is_shown());
    for (int i = 0; i != 5; ++i) {
        testing::fake_clock::advance(6s);
        held.observe(1);
        CHECK(is_shown());
    }
    testing::fake_clock::advance(11s);
    CHECK(!is_shown());
    held.observe(1);
    CHECK(is_shown());
}
