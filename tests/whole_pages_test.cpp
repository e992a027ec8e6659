// SPDX-License-Identifier: Apache-2.0
// Pages that are made while threads come, count and go: nothing goes back between two, each count is its +Inf bucket, and
// in the end all is exact. (Protobuf's: exposition/protobuf_test.cpp.)
#include <iafmetrics/callback.hpp>
#include <iafmetrics/exposition/openmetrics.hpp>
#include <iafmetrics/exposition/openmetrics_2.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/native_histogram.hpp>
#include <iafmetrics/registry.hpp>

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace iafmetrics;

namespace {

/// The number behind the text; where it is not there, one that no test expects.
std::uint64_t number_after(std::string const& page, std::string const& text, std::size_t from = 0)
{
    std::size_t const at = page.find(text, from);
    return at == std::string::npos ? 987'654'321
                                   : std::strtoull(page.c_str() + at + text.size(), nullptr, 10);
}

struct counts {
    std::uint64_t total = 0;
    std::uint64_t count = 0;
    std::uint64_t in_infinity = 0;
};

counts of_lines(std::string const& page, std::string const& histogram)
{
    return {number_after(page, "\norders_total "), number_after(page, "\n" + histogram + "_count "),
            number_after(page, "\n" + histogram + "_bucket{le=\"+Inf\"} ")};
}
/// OpenMetrics 2.0 has a histogram in one line.
counts of_values(std::string const& page, std::string const& histogram)
{
    std::string const start = "\n" + histogram + " {count:";
    return {number_after(page, "\norders_total "), number_after(page, start),
            number_after(page, "+Inf:", page.find(start))};
}

struct format {
    char const* name;
    std::string (*page)(registry const&);
    counts (*read)(std::string const&, std::string const&);
};
constexpr std::array<format, 3> formats{
    {{"text", [](registry const& r) { return exposition::text(r); }, &of_lines},
     {"OpenMetrics 1.0", [](registry const& r) { return exposition::openmetrics(r); }, &of_lines},
     {"OpenMetrics 2.0", [](registry const& r) { return exposition::openmetrics_2(r); }, &of_values}}};

}  // namespace

TEST_CASE("pages: while threads come and go no count goes back, each is its +Inf bucket, and all is exact in "
          "the end")
{
    constexpr std::uint64_t rounds = 60;
    constexpr std::uint64_t threads = 4;
    constexpr std::uint64_t each = 300;
    for (format const& one : formats) {
        CAPTURE(one.name);
        registry r;
        counter& orders = r.add(counter_spec{run_time, "orders_total", "Orders."});
        histogram& waits = r.add(histogram_spec{run_time, "wait_seconds", "Waits.", buckets{1, 2}});
        native_histogram& sizes =
            r.add(native_histogram_spec{run_time, "size_bytes", "Sizes.", buckets{1, 2}});
        std::atomic<bool> is_over{false};
        std::vector<std::string> wrong;
        int pages = 0;
        {
            std::jthread const scraper([&] {
                std::array<counts, 2> last{};
                while (!is_over || pages == 0) {
                    std::string const page = one.page(r);
                    std::size_t i = 0;
                    for (char const* histogram : {"wait_seconds", "size_bytes"}) {
                        counts const now = one.read(page, histogram);
                        if (now.count != now.in_infinity || now.count < last[i].count ||
                            now.total < last[i].total || now.count > rounds * threads * each ||
                            now.total > rounds * threads * each)
                            wrong.push_back(page);
                        last[i++] = now;
                    }
                    ++pages;
                }
            });
            for (std::uint64_t round = 0; round != rounds; ++round) {
                std::vector<std::jthread> pool;
                for (std::uint64_t t = 0; t != threads; ++t)
                    pool.emplace_back([&] {
                        for (std::uint64_t i = 0; i != each; ++i) {
                            orders.increment();
                            waits.observe(static_cast<double>(i % 4));
                            sizes.observe(static_cast<double>(i % 4));
                        }
                    });
            }
            is_over = true;
        }
        CHECK(wrong.empty());
        if (!wrong.empty()) MESSAGE(wrong.front());
        MESSAGE(pages, " pages");
        for (char const* histogram : {"wait_seconds", "size_bytes"}) {
            counts const now = one.read(one.page(r), histogram);
            CHECK(now.total == rounds * threads * each);
            CHECK(now.count == rounds * threads * each);
            CHECK(now.in_infinity == rounds * threads * each);
        }
    }
}

TEST_CASE("pages: what a thread has counted that comes and ends in the middle of a page is on the next one")
{
    registry r;
    counter& before = r.add(counter_spec{run_time, "before_total", "Before."});
    counter* after = nullptr;
    callback const in_the_middle(r, gauge_spec{run_time, "middle", "In the middle."}, [&] {
        std::thread([&] {
            before.increment();
            after->increment();
        }).join();
        return 1;
    });
    after = &r.add(counter_spec{run_time, "orders_total", "After."});
    for (std::uint64_t i = 1; i != 50; ++i) {
        std::string const page = exposition::text(r);
        CHECK(number_after(page, "\nbefore_total ") == i - 1);
        std::uint64_t const seen = number_after(page, "\norders_total ");
        CHECK((seen == i - 1 || seen == i));
    }
    CHECK(before.value().as_unsigned() == 49);
    CHECK(after->value().as_unsigned() == 49);
}
