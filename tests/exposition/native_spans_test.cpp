// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/native_spans.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <vector>

using namespace iafmetrics;
using namespace iafmetrics::exposition;

namespace {

using buckets = std::vector<native_snapshot::bucket>;

std::vector<native_span> spans(buckets const& of)
{
    std::vector<native_span> all;
    for_each_span(of, [&](native_span span) { all.push_back(span); });
    return all;
}
std::vector<std::uint64_t> counts(buckets const& of)
{
    std::vector<std::uint64_t> all;
    for_each_count(of, [&](std::uint64_t count) { all.push_back(count); });
    return all;
}
std::vector<std::int64_t> deltas(buckets const& of)
{
    std::vector<std::int64_t> all;
    for_each_delta(of, [&](std::int64_t delta) { all.push_back(delta); });
    return all;
}

}  // namespace

TEST_CASE("native_spans: neighbours are one span, whose offset is the first index")
{
    buckets const of{{-2, 3}, {-1, 1}, {0, 5}};
    CHECK(spans(of) == std::vector<native_span>{{-2, 3}});
    CHECK(counts(of) == std::vector<std::uint64_t>{3, 1, 5});
    CHECK(deltas(of) == std::vector<std::int64_t>{3, -2, 4});
}

TEST_CASE("native_spans: gaps of one and two are filled with zeros, a longer one begins a span")
{
    buckets const of{{4, 1}, {6, 2}, {9, 3}, {13, 4}};
    CHECK(spans(of) == std::vector<native_span>{{4, 6}, {3, 1}});
    CHECK(counts(of) == std::vector<std::uint64_t>{1, 0, 2, 0, 0, 3, 4});
    CHECK(deltas(of) == std::vector<std::int64_t>{1, -1, 2, -2, 0, 3, 1});
}

TEST_CASE("native_spans: without buckets there is no span")
{
    CHECK(spans({}).empty());
    CHECK(counts({}).empty());
    CHECK(deltas({}).empty());
}

TEST_CASE("native_spans: a count of 2^64 - 1 comes back from its deltas")
{
    std::uint64_t const most = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t at = 0;
    for (std::int64_t const delta : deltas({{0, most}, {1, 1}, {2, most}})) {
        at += static_cast<std::uint64_t>(delta);
        CHECK((at == most || at == 1));
    }
}

TEST_CASE("native_spans: whatever the buckets are, spans and counts give them back")
{
    std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same values at each run
    for (int round = 0; round != 200; ++round) {
        buckets of;
        std::int32_t index = static_cast<std::int32_t>(random() % 100) - 50;
        for (auto i = random() % 30; i != 0; --i) {
            of.push_back({index, 1 + random() % 1000});
            index += 1 + static_cast<std::int32_t>(random() % 6);
        }
        auto const all = counts(of);
        buckets back;
        std::size_t place = 0;
        std::int32_t at = 0;
        for (native_span const span : spans(of)) {
            at += span.offset;
            for (std::uint32_t i = 0; i != span.length; ++i, ++at)
                if (std::uint64_t const count = all.at(place++)) back.push_back({at, count});
        }
        CHECK(place == all.size());
        CHECK(back == of);
    }
}
