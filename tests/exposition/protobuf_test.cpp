// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/format.hpp>
#include <iafmetrics/exposition/protobuf.hpp>
#include <iafmetrics/info.hpp>
#include <iafmetrics/native_histogram.hpp>
#include <iafmetrics/state_set.hpp>

#include <doctest/doctest.h>

#include "written.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace iafmetrics;
using namespace std::string_literals;

namespace {

std::uint64_t take_varint(std::string_view& from)
{
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        REQUIRE_FALSE(from.empty());
        REQUIRE(shift < 70);
        auto const byte = static_cast<unsigned char>(from.front());
        from.remove_prefix(1);
        value |= std::uint64_t{byte & 0x7FU} << shift;
        if (byte < 128) return value;
    }
}

std::string_view take(std::string_view& from, std::size_t size)
{
    REQUIRE(size <= from.size());
    std::string_view const taken = from.substr(0, size);
    from.remove_prefix(size);
    return taken;
}

/// A message: its fields in their order.
struct message {
    struct field {
        std::uint64_t number;
        std::uint64_t integer;
        std::string bytes;
    };
    std::vector<field> fields;

    explicit message(std::string_view from)
    {
        while (!from.empty()) {
            std::uint64_t const key = take_varint(from);
            field& now = fields.emplace_back(field{key >> 3U, 0, {}});
            switch (key & 7U) {
            case 0: now.integer = take_varint(from); break;
            case 1:
                for (unsigned i = 0; i != 8; ++i)
                    now.integer |= std::uint64_t{static_cast<unsigned char>(take(from, 1)[0])} << (8 * i);
                break;
            case 2: now.bytes = take(from, take_varint(from)); break;
            default: FAIL("a field of another type");
            }
        }
    }

    [[nodiscard]] std::vector<field> all(std::uint64_t number) const
    {
        std::vector<field> found;
        for (field const& one : fields)
            if (one.number == number) found.push_back(one);
        return found;
    }
    [[nodiscard]] bool has(std::uint64_t number) const { return !all(number).empty(); }
    [[nodiscard]] field one(std::uint64_t number) const
    {
        std::vector<field> const found = all(number);
        REQUIRE(found.size() == 1);
        return found.front();
    }
    [[nodiscard]] message in(std::uint64_t number) const { return message(one(number).bytes); }
    [[nodiscard]] std::string text(std::uint64_t number) const { return one(number).bytes; }
    [[nodiscard]] std::uint64_t integer(std::uint64_t number) const { return one(number).integer; }
    [[nodiscard]] double real(std::uint64_t number) const { return std::bit_cast<double>(integer(number)); }
    [[nodiscard]] std::vector<std::int64_t> all_signed(std::uint64_t number) const
    {
        std::vector<std::int64_t> found;
        for (field const& one : all(number))
            found.push_back(static_cast<std::int64_t>(one.integer >> 1U) ^
                            -static_cast<std::int64_t>(one.integer & 1U));
        return found;
    }
    /// As `a=b,c=d`.
    [[nodiscard]] std::string labels(std::uint64_t number = 1) const
    {
        std::string text;
        for (field const& one : all(number)) {
            message const pair(one.bytes);
            text.append(text.empty() ? "" : ",").append(pair.text(1)).append("=").append(pair.text(2));
        }
        return text;
    }
};

/// The families of a page, the registry's own apart.
std::vector<message> families_of(std::string_view page)
{
    std::vector<message> found;
    while (!page.empty()) {
        message const now(take(page, take_varint(page)));
        if (!now.text(1).starts_with("iafmetrics_")) found.push_back(now);
    }
    return found;
}

message only_family_of(std::string_view page)
{
    std::vector<message> const found = families_of(page);
    REQUIRE(found.size() == 1);
    return found.front();
}

/// Offset and length of each span.
std::vector<std::pair<std::int64_t, std::uint64_t>> spans_of(message const& histogram, std::uint64_t number)
{
    std::vector<std::pair<std::int64_t, std::uint64_t>> found;
    for (message::field const& one : histogram.all(number)) {
        message const span(one.bytes);
        found.emplace_back(span.all_signed(1).at(0), span.integer(2));
    }
    return found;
}

using spans = std::vector<std::pair<std::int64_t, std::uint64_t>>;
using deltas = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("protobuf: a counter, byte by byte")
{
    exemplar_view const exemplar{labels_view("t=\"1\""), 1, 1'795'000'000.5};
    CHECK(written<exposition::protobuf_writer>([&](visitor& out) {
              out.begin_family({"a_total", "A.", metric_type::counter});
              out.counter(labels_view("b=\"c\",d=\"\""), {std::uint64_t{3}, 1'795'000'000, &exemplar});
          }) == "\x54"                                  // 84 bytes
                "\x0a\x07"                              // name
                "a_total"                               //
                "\x12\x02"                              // help
                "A."                                    //
                "\x18\x00"                              // type
                "\x22\x43"                              // metric: 67 bytes
                "\x0a\x06\x0a\x01\x62\x12\x01\x63"      // label b c
                "\x0a\x05\x0a\x01\x64\x12\x00"          // label d, empty
                "\x1a\x32"                              // counter: 50 bytes
                "\x09\x00\x00\x00\x00\x00\x00\x08\x40"  // value 3
                "\x12\x1f"                              // exemplar: 31 bytes
                "\x0a\x06\x0a\x01t\x12\x01\x31"s        // label t 1
                "\x11\x00\x00\x00\x00\x00\x00\xf0\x3f"  // value 1
                "\x1a\x0c"                              // timestamp
                "\x08\xc0\x8d\xf6\xd7\x06"              // seconds
                "\x10\x80\xca\xb5\xee\x01"              // nanoseconds
                "\x1a\x06\x08\xc0\x8d\xf6\xd7\x06"s);   // start timestamp
}

TEST_CASE("protobuf: gauge, info, state_set, untyped and a counter of which no more is known")
{
    registry r;
    r.add(gauge_spec{run_time, "hits_ratio", "H."}).set(.5);
    r.add(info_spec<"version">{run_time, "build_info", "B."}).with("1.2");
    r.add(state_set_spec{run_time, "phase", "P.", states{"on", "off"}}).turn_on("on");
    r.add([](collector_output& out) {
        out.begin("other", "O.", metric_type::untyped);
        out.value({{"a", "b"}}, 7);
        out.begin_counter("sent_bytes_total", "S.");
        out.value({}, 8);
    });
    std::vector<message> const all = families_of(exposition::protobuf(r));
    REQUIRE(all.size() == 5);
    CHECK(all[0].text(1) == "hits_ratio");
    CHECK(all[0].text(2) == "H.");
    CHECK(all[0].integer(3) == 1);
    CHECK(all[0].text(5) == "ratio");
    CHECK(all[0].in(4).in(2).real(1) == .5);
    CHECK(all[1].text(1) == "build_info");
    CHECK(all[1].integer(3) == 1);
    CHECK_FALSE(all[1].has(5));
    CHECK(all[1].in(4).labels() == "version=1.2");
    CHECK(all[1].in(4).in(2).real(1) == 1);
    CHECK(all[2].integer(3) == 1);
    REQUIRE(all[2].all(4).size() == 2);
    CHECK(message(all[2].all(4)[0].bytes).labels() == "phase=on");
    CHECK(message(all[2].all(4)[0].bytes).in(2).real(1) == 1);
    CHECK(message(all[2].all(4)[1].bytes).labels() == "phase=off");
    CHECK(message(all[2].all(4)[1].bytes).in(2).real(1) == 0);
    CHECK(all[3].integer(3) == 3);
    CHECK(all[3].in(4).in(5).real(1) == 7);
    CHECK(all[4].text(1) == "sent_bytes_total");
    CHECK(all[4].integer(3) == 0);
    CHECK(all[4].text(5) == "bytes");
    CHECK(all[4].in(4).in(3).real(1) == 8);
}

TEST_CASE("protobuf: label values and help texts are not escaped")
{
    registry r;
    auto& family = r.add(gauge_spec<"a", "b">{run_time, "g", "x\\y\n\"z\""});
    std::string const hostile = "\\n\n\"\\\\,\"=\"";
    std::string const quotes(200, '"');
    family.with(hostile, "plain").set(1);
    family.with("", quotes).set(2);
    message const g = only_family_of(exposition::protobuf(r));
    CHECK(g.text(2) == "x\\y\n\"z\"");
    REQUIRE(g.all(4).size() == 2);
    CHECK(message(g.all(4)[0].bytes).labels() == "a=" + hostile + ",b=plain");
    CHECK(message(g.all(4)[1].bytes).labels() == "a=,b=" + quotes);
}

TEST_CASE("protobuf: a classic histogram has cumulative buckets, and +Inf where it has an exemplar")
{
    registry r;
    auto& family = r.add(histogram_spec<"a">{run_time, "a_seconds", "A.", buckets{-1., .5, 1e6}});
    for (double const value : {-2., 0., .25, 2e6})
        family.with("b").observe(value);
    message const histogram = only_family_of(exposition::protobuf(r)).in(4).in(7);
    CHECK(histogram.integer(1) == 4);
    CHECK(histogram.real(2) == 1'999'998.25);
    REQUIRE(histogram.all(3).size() == 3);
    constexpr double bounds[] = {-1, .5, 1e6};
    constexpr std::uint64_t counts[] = {1, 3, 3};
    for (std::size_t i = 0; i != 3; ++i) {
        message const bucket(histogram.all(3)[i].bytes);
        CHECK(bucket.integer(1) == counts[i]);
        CHECK(bucket.real(2) == bounds[i]);
        CHECK_FALSE(bucket.has(3));
    }
    for (unsigned const native : {5U, 6U, 7U, 9U, 10U, 12U, 13U, 16U})
        CHECK_FALSE(histogram.has(native));

    bucket_exemplar const exemplars[] = {{0, {labels_view("t=\"1\""), .5, 2.25}},
                                         {1, {labels_view("t=\"\\\"\""), 7.5, unknown_time}}};
    constexpr double one[] = {1};
    constexpr std::uint64_t two[] = {2, 3};
    message const seen = only_family_of(written<exposition::protobuf_writer>([&](visitor& out) {
                             out.begin_family({"h", "H.", metric_type::histogram});
                             out.histogram({}, {one, two, 9, 10.25, exemplars});
                         }))
                             .in(4)
                             .in(7);
    CHECK(seen.integer(1) == 5);
    CHECK(seen.in(15).integer(1) == 10);
    CHECK(seen.in(15).integer(2) == 250'000'000);
    REQUIRE(seen.all(3).size() == 2);
    message const first = message(seen.all(3)[0].bytes).in(3);
    CHECK(first.labels() == "t=1");
    CHECK(first.real(2) == .5);
    CHECK(first.in(3).integer(1) == 2);
    message const last(seen.all(3)[1].bytes);
    CHECK(last.integer(1) == 5);
    CHECK(last.real(2) == std::numeric_limits<double>::infinity());
    CHECK(last.in(3).labels() == "t=\"");
    CHECK_FALSE(last.in(3).has(3));
}

TEST_CASE("protobuf: while threads observe, each page's count is that of its +Inf bucket and never goes back")
{
    registry r;
    auto& classic = r.add(histogram_spec{run_time, "a_seconds", "A.", buckets{1, 2}});
    auto& native = r.add(native_histogram_spec{run_time, "b_seconds", "B.", buckets{1, 2}});
    classic.observe(3, {{"a", "b"}});  // +Inf is written where it has an exemplar
    native.observe(3, {{"a", "b"}});
    std::atomic<bool> is_over{false};
    std::vector<std::jthread> pool;
    for (int t = 0; t != 2; ++t)
        pool.emplace_back([&] {
            while (!is_over) {
                classic.observe(2);
                native.observe(2);
            }
        });
    struct at_the_end {  // whatever fails: the threads are joined behind it
        std::atomic<bool>& is_over;
        ~at_the_end() { is_over = true; }
    } const end{is_over};
    std::array<std::uint64_t, 2> last{};
    for (int page = 0; page != 300; ++page) {
        std::vector<message> const families = families_of(exposition::protobuf(r));
        REQUIRE(families.size() == last.size());
        for (std::size_t i = 0; i != last.size(); ++i) {
            message const now = families[i].in(4).in(7);
            message const infinite(now.all(3).at(2).bytes);
            REQUIRE(infinite.real(2) == std::numeric_limits<double>::infinity());
            REQUIRE(infinite.integer(1) == now.integer(1));
            REQUIRE(now.integer(1) >= last[i]);
            last[i] = now.integer(1);
        }
    }
}

TEST_CASE("protobuf: a summary")
{
    constexpr std::array<summary_snapshot::quantile, 2> quantiles{
        {{.5, std::numeric_limits<double>::quiet_NaN()}, {1, -2}}};
    message const summary = only_family_of(written<exposition::protobuf_writer>([&](visitor& out) {
                                out.begin_family({"s", "S.", metric_type::summary});
                                out.summary(labels_view("a=\"b\""), {quantiles, 300, -3.5, 1e9});
                            }))
                                .in(4)
                                .in(4);
    CHECK(summary.integer(1) == 300);
    CHECK(summary.real(2) == -3.5);
    CHECK(summary.in(4).integer(1) == 1'000'000'000);
    REQUIRE(summary.all(3).size() == 2);
    CHECK(message(summary.all(3)[0].bytes).real(1) == .5);
    CHECK(std::isnan(message(summary.all(3)[0].bytes).real(2)));
    CHECK(message(summary.all(3)[1].bytes).real(1) == 1);
    CHECK(message(summary.all(3)[1].bytes).real(2) == -2);
}

TEST_CASE("protobuf: a native histogram has spans and deltas, and exemplars of its own")
{
    constexpr native_snapshot::bucket negative[] = {{-3, 2}};
    constexpr native_snapshot::bucket positive[] = {{-2, 1}, {-1, 3}, {2, 2}, {10, 500}};
    native_snapshot const native{3, 0x1p-128, 4, 513, 1.5, negative, positive};
    bucket_exemplar const exemplar{0, {labels_view("t=\"1\""), .5, 2.25}};
    constexpr std::uint64_t counts[] = {513};
    message const histogram = only_family_of(written<exposition::protobuf_writer>([&](visitor& out) {
                                  out.begin_family({"h", "H.", metric_type::histogram});
                                  out.histogram({}, {{}, counts, 1.5, 10, std::span(&exemplar, 1), &native});
                              }))
                                  .in(4)
                                  .in(7);
    CHECK(histogram.integer(1) == 513);
    CHECK(histogram.real(2) == 1.5);
    REQUIRE(histogram.all(3).size() == 1);  // of the exemplar
    message const infinite(histogram.all(3)[0].bytes);
    CHECK(infinite.real(2) == std::numeric_limits<double>::infinity());
    CHECK(infinite.integer(1) == 513);
    CHECK(infinite.in(3).labels() == "t=1");
    CHECK(histogram.all_signed(5) == deltas{3});
    CHECK(histogram.real(6) == 0x1p-128);
    CHECK(histogram.integer(7) == 4);
    CHECK(spans_of(histogram, 9) == spans{{-3, 1}});
    CHECK(histogram.all_signed(10) == deltas{2});
    CHECK(spans_of(histogram, 12) == spans{{-2, 5}, {7, 1}});
    CHECK(histogram.all_signed(13) == deltas{1, 2, -3, 0, 2, 498});
    CHECK(histogram.in(15).integer(1) == 10);
    CHECK(histogram.in(16).labels() == "t=1");
}

TEST_CASE("protobuf: a native histogram has classic buckets where bounds are declared")
{
    native_snapshot const native{-4, 0x1p-128, 0, 3, 1.5, {}, {}};
    bucket_exemplar const exemplar{1, {labels_view("t=\"1\""), 5, 2.25}};
    constexpr double bounds[] = {1};
    constexpr std::uint64_t counts[] = {1, 2};
    message const histogram =
        only_family_of(written<exposition::protobuf_writer>([&](visitor& out) {
            out.begin_family({"h", "H.", metric_type::histogram});
            out.histogram({}, {bounds, counts, 1.5, unknown_time, std::span(&exemplar, 1), &native});
        }))
            .in(4)
            .in(7);
    REQUIRE(histogram.all(3).size() == 2);
    CHECK(message(histogram.all(3)[0].bytes).integer(1) == 1);
    CHECK(message(histogram.all(3)[1].bytes).in(3).labels() == "t=1");
    CHECK(histogram.in(16).labels() == "t=1");
    CHECK(histogram.all_signed(5) == deltas{-4});
    CHECK_FALSE(histogram.has(9));
    CHECK_FALSE(histogram.has(12));
    CHECK_FALSE(histogram.has(15));
}

TEST_CASE("protobuf: an empty native histogram without a zero threshold has a span of nothing")
{
    auto const of = [](native_snapshot const& native) {
        constexpr std::uint64_t counts[] = {0};
        return only_family_of(written<exposition::protobuf_writer>([&](visitor& out) {
                   out.begin_family({"h", "H.", metric_type::histogram});
                   out.histogram({}, {{}, counts, 0, unknown_time, {}, &native});
               }))
            .in(4)
            .in(7);
    };
    constexpr native_snapshot::bucket one[] = {{0, 1}};
    CHECK(spans_of(of({0, 0, 0, 0, 0, {}, {}}), 12) == spans{{0, 0}});
    CHECK(spans_of(of({0, 0, 1, 1, 0, {}, {}}), 12).empty());
    CHECK(spans_of(of({0, 1, 0, 0, 0, {}, {}}), 12).empty());
    CHECK(spans_of(of({0, 0, 0, 1, 0, one, {}}), 12).empty());
    CHECK(spans_of(of({0, 0, 0, 1, 0, {}, one}), 12) == spans{{0, 1}});
}

TEST_CASE("protobuf: what takes the most room has it")
{
    std::string labels;
    for (int i = 0; i != 2000; ++i)
        labels += "a=\"\",";
    labels.pop_back();
    std::string const long_label = "t=\"" + std::string(200'000, 'x') + '"';
    std::vector<native_snapshot::bucket> buckets;
    for (std::int32_t i = 0; i != 3000; ++i)
        buckets.push_back({i * 3 - 1'000'000'000, i % 2 == 0 ? ~std::uint64_t{0} >> 1U : 1});
    native_snapshot const native{8, 1, ~std::uint64_t{0}, ~std::uint64_t{0}, 1, buckets, buckets};
    std::vector<double> bounds(3000);
    std::vector<std::uint64_t> counts(3001, ~std::uint64_t{0} / 3001);
    for (std::size_t i = 0; i != bounds.size(); ++i)
        bounds[i] = static_cast<double>(i);
    std::vector<bucket_exemplar> exemplars;
    for (std::size_t i = 0; i != counts.size(); ++i)
        exemplars.push_back(
            {i, {labels_view(i == 0 ? std::string_view(long_label) : "t=\"\""), 1, 253'402'300'798.999}});
    message const histogram =
        only_family_of(written<exposition::protobuf_writer>([&](visitor& out) {
            out.begin_family({"h", "H.", metric_type::histogram});
            out.histogram(labels_view(labels), {bounds, counts, 1, 253'402'300'798.999, exemplars, &native});
        }))
            .in(4)
            .in(7);
    CHECK(histogram.all(3).size() == 3001);
    CHECK(histogram.all(16).size() == 3001);
    CHECK(histogram.all(9).size() == 1);
    CHECK(histogram.all(13).size() == 3000 + 2 * 2999);
}

TEST_CASE("protobuf: families of any length are handed on whole, in pieces of 64 KiB at most")
{
    registry r;
    for (int i = 0; i != 300; ++i)
        r.add(gauge_spec<"a">{run_time, "g" + std::to_string(i), std::string(100, 'h')}).with(i).set(i);
    auto& large = r.add(gauge_spec<"a">{run_time, "large", "L.", series_limit{6000}});
    for (int i = 0; i != 5000; ++i)
        large.with("value " + std::to_string(i)).set(i);
    large.with(std::string(150'000, 'x')).set(5000);
    r.add(gauge_spec{run_time, "last", "L."}).set(1);
    std::string page;
    std::size_t pieces = 0;
    exposition::write_protobuf(r, [&](std::string_view piece) {
        CHECK(!piece.empty());
        CHECK(piece.size() <= 65536);
        page += piece;
        ++pieces;
    });
    CHECK(pieces < 12);
    std::vector<message> const all = families_of(page);
    REQUIRE(all.size() == 302);
    for (std::size_t i = 0; i != 300; ++i)
        CHECK(all[i].in(4).in(2).real(1) == static_cast<double>(i));
    REQUIRE(all[300].all(4).size() == 5001);
    CHECK(message(all[300].all(4)[4999].bytes).labels() == "a=value 4999");
    CHECK(message(all[300].all(4)[5000].bytes).labels().size() == 150'002);
    CHECK(all[301].text(1) == "last");
}

TEST_CASE("protobuf: a time is whole seconds and nanoseconds behind them")
{
    auto const created = [](double seconds) {
        message const counter = only_family_of(written<exposition::protobuf_writer>([&](visitor& out) {
                                    out.begin_family({"c_total", "C.", metric_type::counter});
                                    out.counter({}, {1U, seconds});
                                }))
                                    .in(4)
                                    .in(3);
        if (!counter.has(3)) return "none"s;
        message const time = counter.in(3);
        return (time.has(1) ? std::to_string(static_cast<std::int64_t>(time.integer(1))) : "") + "s" +
               (time.has(2) ? std::to_string(time.integer(2)) : "");
    };
    CHECK(created(unknown_time) == "none");
    CHECK(created(.25) == "s250000000");
    CHECK(created(-.25) == "-1s750000000");
    CHECK(created(-1) == "-1s");
    CHECK(created(1.9999999999) == "2s");
    CHECK(created(1e300) == "none");
    CHECK(created(std::numeric_limits<double>::infinity()) == "none");
    CHECK(created(std::numeric_limits<double>::quiet_NaN()) == "none");
}

TEST_CASE("protobuf: the Content-Type is that of its format")
{
    CHECK(exposition::protobuf_content_type ==
          exposition::content_type({exposition::format::kind::protobuf, exposition::format_version::none}));
}
