// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/detail/hash.hpp>
#include <iafmetrics/detail/number_index.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/family.hpp>
#include <iafmetrics/registry.hpp>

#include <doctest/doctest.h>

#include <malloc.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace iafmetrics;

namespace {

enum class phase { pending, running };
constexpr std::string_view to_label_value(phase p) { return p == phase::pending ? "Pending" : "Running"; }

inline constexpr counter_spec<"a", "b"> pairs{"pairs_total", "Pairs."};
inline constexpr counter_spec<"v"> values{"values_total", "Values."};
inline constexpr counter_spec<"v"> few{"few_total", "Few.", series_limit{2}};

bool shows(registry const& r, std::string_view line)
{
    return ("\n" + exposition::text(r)).find("\n" + std::string(line) + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("family: the same values are the same series and other values another")
{
    registry r;
    family_of<pairs>& f = r.add(pairs);
    counter& first = f.with("x", "y");
    CHECK(&f.with(std::string("x"), std::string_view("y")) == &first);
    CHECK(&f.with("y", "x") != &first);
    CHECK(&f.with("xy", "") != &first);
    CHECK(&f.with("", "xy") != &f.with("xy", ""));
}

TEST_CASE("family: text and numbers and bools and enumerators are label values")
{
    registry r;
    auto& f = r.add(values);
    f.with(200).increment();
    f.with(-7L).increment();
    f.with(std::uint64_t{18446744073709551615U}).increment();
    f.with(true).increment();
    f.with(phase::running).increment();
    for (char const* line : {R"(values_total{v="200"} 1)", R"(values_total{v="-7"} 1)",
                             R"(values_total{v="18446744073709551615"} 1)", R"(values_total{v="true"} 1)",
                             R"(values_total{v="Running"} 1)"})
        CHECK_MESSAGE(shows(r, line), line);
    static_assert(!label_value<double> && !label_value<char> && !label_value<char8_t>,
                  "what would it look like?");
    static_assert(!label_value<std::nullptr_t>);
    CHECK(&f.with(std::string_view{}) == &f.with(""));
}

TEST_CASE("family: a lookup with the wrong number of values does not compile")
{
    static_assert(std::is_invocable_v<decltype([](auto& f, auto... v) -> decltype(f.with(v...)) {
                                          return f.with(v...);
                                      }),
                                      family_of<pairs>&, int, int>);
    static_assert(!std::is_invocable_v<decltype([](auto& f, auto... v) -> decltype(f.with(v...)) {
                                           return f.with(v...);
                                       }),
                                       family_of<pairs>&, int>);
}

TEST_CASE("family: beyond its limit values land in one visible series and are counted")
{
    registry r;
    auto& f = r.add(few);
    CHECK(exposition::text(r).find("iafmetrics_series_dropped_total") == std::string::npos);
    counter& kept = f.with("one");
    CHECK(shows(r, R"(iafmetrics_series_dropped_total{metric="few_total"} 0)"));  // before anything is lost
    f.with("two").increment(2);
    f.with("three").increment(3);
    f.with("four").increment(4);
    CHECK(&f.with("one") == &kept);
    CHECK(shows(r, R"(few_total{v="two"} 2)"));
    CHECK(shows(r, R"(few_total{v="_other"} 7)"));
    CHECK(shows(r, R"(iafmetrics_series_dropped_total{metric="few_total"} 2)"));
}

TEST_CASE(
    "family: asking for the overflow's own labels gives the overflow and not a second series of its name")
{
    registry r;
    auto& f = r.add(few);
    counter& other = f.with("_other");
    other.increment();
    f.with("one");
    f.with("two");
    CHECK(&f.with("three") == &other);
    std::string const page = exposition::text(r);
    CHECK(page.find("_other") == page.rfind("_other"));
}

TEST_CASE("family: values that are not UTF-8 are repaired and share the series that they look like")
{
    registry r;
    auto& f = r.add(values);
    counter& first = f.with("a\xFF");
    CHECK(&f.with("a\xFE") == &first);
    CHECK(&f.with("a\xEF\xBF\xBD") == &first);
    first.increment();
    CHECK(shows(r, "values_total{v=\"a\xEF\xBF\xBD\"} 1"));
}

TEST_CASE("family: a thousand series are all found again after every growth")
{
    registry r;
    auto& f = r.add(values);
    std::vector<counter*> made;
    for (int i = 0; i != 1000; ++i) {
        made.push_back(&f.with(i));
        for (int j = 0; j <= i; j += 97)
            CHECK(&f.with(j) == made[static_cast<std::size_t>(j)]);
    }
}

TEST_CASE("family: threads that ask for the same new series get the same while others scrape")
{
    registry r;
    auto& f = r.add(values);
    std::atomic<bool> done{false};
    {
        std::jthread const scraper([&] {
            while (!done)
                CHECK(exposition::text(r).find("# EOF") == std::string::npos);
        });
        std::vector<std::jthread> pool;
        for (int t = 0; t != 4; ++t)
            pool.emplace_back([&] {
                for (int i = 0; i != 2000; ++i)
                    f.with(i % 500).increment();
            });
        pool.clear();
        done = true;
    }
    for (int i = 0; i != 500; ++i)
        CHECK(f.with(i).value().as_unsigned() == 16);
}

TEST_CASE("family: series made beforehand are every combination, at zero")
{
    registry r;
    auto& f = r.add(pairs);
    f.with("y", 2).increment();
    f.create({"x", "y"}, {1, 2, 3});
    int series = 0;
    f.for_each([&](labels_view, counter&) { ++series; });
    CHECK(series == 6);
    CHECK(shows(r, R"(pairs_total{a="x",b="3"} 0)"));
    CHECK(shows(r, R"(pairs_total{a="y",b="2"} 1)"));
}

TEST_CASE("family: is read without a trace")
{
    registry r;
    auto& f = r.add(few);
    f.with("one").increment(5);
    auto const& read_only = f;
    CHECK(read_only.find("one")->value().as_unsigned() == 5);
    CHECK(read_only.find("two") == nullptr);
    CHECK(read_only.find("_other") == nullptr);
    CHECK(!shows(r, R"(few_total{v="two"} 0)"));
    f.with("two");
    f.with("three").increment(3);
    CHECK(read_only.find("_other")->value().as_unsigned() == 3);
    std::string seen;
    read_only.for_each([&](labels_view labels, auto& instrument) {
        static_assert(std::is_same_v<decltype(instrument), counter const&>);
        seen += std::string(labels.text()) + ' ' + std::to_string(instrument.value().as_unsigned()) + ';';
    });
    CHECK(seen == "v=\"one\" 5;v=\"two\" 0;v=\"_other\" 3;");
    f.for_each([](labels_view, counter& instrument) { instrument.increment(); });
    CHECK(read_only.find("one")->value().as_unsigned() == 6);
}

TEST_CASE("family: the type of a declaration without labels is the instrument that add() returns")
{
    static constexpr counter_spec plain{"plain_total", "Plain."};
    registry r;
    static_assert(std::is_same_v<family_of<plain>, counter>);
    family_of<plain>& added = r.add(plain);
    CHECK(&added == &r.add(plain));
}

TEST_CASE("family: a series that another thread makes as the last one is found, and does not overflow")
{
    for (int round = 0; round != 2000; ++round) {
        registry r;
        auto& one = r.add(counter_spec<"a">{run_time, "one_total", "One.", series_limit{1}});
        std::jthread const other([&] { one.with("x").increment(); });
        one.with("x").increment();
        CHECK(one.dropped() == 0);
    }
}

namespace {

/// Two values of one hash in the first place: the sum of two products, each of which differs by what the other one does.
inline constexpr std::string_view one_value = "f001e3dcr0000000b043559cr0000000";
inline constexpr std::string_view same_hash = "f03e2bfdr0000000b02599d3r0000000";

}  // namespace

TEST_CASE("family: two label sets of equal hash stay two series, in every lookup and on the page")
{
    std::array<std::string_view, 2> const first{one_value, "y"};
    std::array<std::string_view, 2> const second{same_hash, "y"};
    // Where the hash has changed, two others are to be found: 2^23 of each half, paired by their lower 23 bits.
    REQUIRE(detail::hash_values(first) == detail::hash_values(second));
    registry r;
    auto& f = r.add(pairs);
    auto& g = r.add(values);
    for (int i = 0; i != 3; ++i) {  // made, and found
        f.with(one_value, "y").increment(1);
        f.with(same_hash, "y").increment(10);
        g.with(same_hash).increment(10);
        g.with(one_value).increment(1);
    }
    CHECK(&f.with(one_value, "y") != &f.with(same_hash, "y"));
    CHECK(f.find(same_hash, "y") == &f.with(same_hash, "y"));
    for (std::string const start : {R"(pairs_total{a=")", R"(values_total{v=")"})
        for (auto const& [value, count] : {std::pair(one_value, " 3"), std::pair(same_hash, " 30")}) {
            std::string const end = start.starts_with('p') ? R"(",b="y"})" : "\"}";
            CHECK(shows(r, start + std::string(value) + end + count));
        }

    constexpr claimable<counter_spec<"v">> spec{"claimed_total", "Claimed."};
    auto& claimed = r.add(spec);
    auto const one = claimed.claim(one_value);
    auto const other = claimed.claim(same_hash);
    CHECK(&*one != &*other);
    CHECK(claimed.size() == 2);
    CHECK(&*claimed.claim(one_value) == &*one);
}

TEST_CASE("family: numbers of equal hash stay two series")
{
    detail::number_index known;
    detail::series_node one;
    detail::series_node other;
    detail::series_node of_other_types;
    detail::number_key key = detail::number_key::of(1, 2);
    known.insert(key, one);
    detail::number_key same = detail::number_key::of(3, 4);
    same.hash = key.hash;
    CHECK(known.find(same) == nullptr);
    known.insert(same, other);
    detail::number_key of_long = detail::number_key::of(1L, 2L);
    of_long.hash = key.hash;
    CHECK(known.find(of_long) == nullptr);
    known.insert(of_long, of_other_types);
    CHECK(known.find(key) == &one);
    CHECK(known.find(same) == &other);
    CHECK(known.find(of_long) == &of_other_types);
}

TEST_CASE("family: values beyond the limit take no memory, however many there are")
{
    registry r;
    auto& f = r.add(few);
    auto const ask_for = [&](int from, int to) {
        for (int i = from; i != to; ++i) {
            f.with("value " + std::to_string(i)).increment();
            f.with(i).increment();
        }
    };
    ask_for(0, 100);
    std::size_t const before = ::mallinfo2().uordblks;  // 0 where a sanitizer allocates
    ask_for(100, 20'000);
    CHECK(::mallinfo2().uordblks <= before + 4096);
    CHECK(f.with("value 1").value().as_unsigned() != 0);
}
