// SPDX-License-Identifier: Apache-2.0
// Random registries, written in every format and read by Debian's python3-prometheus-client, by protoc and by a reader of
// OpenMetrics 2.0's grammar: each sample is one that was put in, and the other way round.
#include <iafmetrics/collector.hpp>
#include <iafmetrics/exposition/openmetrics.hpp>
#include <iafmetrics/exposition/openmetrics_2.hpp>
#include <iafmetrics/exposition/protobuf.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/info.hpp>
#include <iafmetrics/native_histogram.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/state_set.hpp>
#include <iafmetrics/summary.hpp>
#include <iafmetrics/unknown.hpp>

#include <doctest/doctest.h>

#include "hostile_page.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace iafmetrics;

namespace {

constexpr exemption unusual{"a test of the writers"};

using labels = std::map<std::string, std::string>;

/// Samples as reader.py prints them, and flat_reader.py those of OpenMetrics 2.0 and protobuf.
struct expected_page {
    std::set<std::string> text;
    std::set<std::string> openmetrics;
    std::set<std::string> openmetrics_2;
    std::set<std::string> protobuf;

    void in_text(std::string const& name, labels const& of, double value)
    {
        text.insert(line_of(name, of, value));
    }
    void in_openmetrics(std::string const& name, labels const& of, double value)
    {
        openmetrics.insert(line_of(name, of, value));
    }
    void in_openmetrics_2(std::string const& name, labels const& of, double value)
    {
        openmetrics_2.insert(line_of(name, of, value));
    }
    void in_protobuf(std::string const& name, labels const& of, double value)
    {
        protobuf.insert(line_of(name, of, value));
    }
    void in_both_texts(std::string const& name, labels const& of, double value)
    {
        in_text(name, of, value);
        in_openmetrics(name, of, value);
    }
    /// In OpenMetrics 2.0 and protobuf, where bounds and quantiles are numbers: of_number().
    void in_flat(std::string const& name, labels const& of, double value)
    {
        in_openmetrics_2(name, of, value);
        in_protobuf(name, of, value);
    }
    void in_all(std::string const& name, labels const& of, double value)
    {
        in_both_texts(name, of, value);
        in_flat(name, of, value);
    }

    static std::string of_number(double value)
    {
        if (value == 0 || !std::isfinite(value) || std::isnormal(value)) return hex_of(value);
        // Python shows a subnormal with the exponent of the smallest normal one.
        char text[64];
        std::snprintf(text, sizeof text, "%s0x0.%013llxp-1022", value < 0 ? "-" : "",
                      static_cast<unsigned long long>(std::bit_cast<std::uint64_t>(value) & ~(1ULL << 63U)));
        return text;
    }

private:
    static std::string line_of(std::string const& name, labels const& of, double value)
    {
        std::string line = "SAMPLE " + name;
        for (auto const& [label, text] : of)
            line.append(" ").append(hex(label)).append(" ").append(hex(text));
        return line + " " + of_number(value);
    }
};

/// A registry with a few families of each kind, and what its pages must say.
class random_registry {
public:
    explicit random_registry(std::uint64_t seed) : random_(seed)
    {
        for (std::uint64_t i = 1 + below(8); i != 0; --i)
            add_family(below(11));
    }

    [[nodiscard]] registry const& metrics() const { return all_; }
    [[nodiscard]] expected_page const& expected() const { return expected_; }

private:
    struct series {
        hostile a;
        hostile b;
        labels read;
    };

    std::uint64_t below(std::uint64_t end) { return random_() % end; }

    std::string name(std::string const& suffix)
    {
        static constexpr std::string_view letters =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789:";
        std::string made(1, letters[below(52)]);
        for (std::uint64_t i = below(20); i != 0; --i)
            made += letters[below(letters.size())];
        return made + "_x" + std::to_string(families_++) + suffix;
    }

    static std::string encoded(std::uint32_t point)
    {
        auto const byte = [](std::uint32_t bits) { return static_cast<char>(bits); };
        if (point < 0x80) return {byte(point)};
        if (point < 0x800) return {byte(0xC0 | point >> 6U), byte(0x80 | (point & 63U))};
        if (point < 0x10000)
            return {byte(0xE0 | point >> 12U), byte(0x80 | (point >> 6U & 63U)), byte(0x80 | (point & 63U))};
        return {byte(0xF0 | point >> 18U), byte(0x80 | (point >> 12U & 63U)),
                byte(0x80 | (point >> 6U & 63U)), byte(0x80 | (point & 63U))};
    }

    /// None of the pieces begins in the middle of a character, so that what is read of each is what is read of all.
    hostile text()
    {
        static std::vector<hostile> const pieces = hostile_texts();
        hostile made;
        for (std::uint64_t i = below(6); i != 0; --i) {
            if (below(3) == 0) {
                auto const point = static_cast<std::uint32_t>(below(0x110000));
                if (point >= 0xD800 && point < 0xE000) continue;
                made.given += encoded(point);
                made.read += encoded(point);
            } else {
                hostile const& piece = pieces[below(pieces.size() - (below(1000) == 0 ? 0 : 1))];
                made.given += piece.given;
                made.read += piece.read;
            }
        }
        return made;
    }

    /// None is -0, whose sign readers lose.
    double number() { return any_number() + 0.0; }
    double any_number()
    {
        static std::vector<double> const known = hostile_numbers();
        switch (below(4)) {
        case 0: return known[below(known.size())];
        case 1: return std::bit_cast<double>(random_());
        case 2: return static_cast<double>(below(1000)) / 8;
        default: return static_cast<double>(below(2'000'000'000)) * 1e-9 - 1;
        }
    }
    double finite_number()
    {
        for (;;)
            if (double const made = number(); std::isfinite(made)) return made;
    }
    std::vector<double> ascending_numbers(std::size_t most)
    {
        std::set<double> made;
        for (std::uint64_t i = 1 + below(most); i != 0; --i)
            made.insert(finite_number());
        return {made.begin(), made.end()};
    }
    std::string help() { return "H" + text().given; }

    /// The registry itself, or a part of it with a constant label, which `read` gets too.
    registry& part(labels& read)
    {
        if (below(4) != 0) return all_;
        hostile const value = text();
        read["k"] = value.read;
        parts_.emplace_back(new registry(all_.sub({.labels = {{"k", value.given}}})));
        return *parts_.back();
    }

    /// Calls `use` for the series of a family with the labels a and b.
    template <class Family, class Use>
    void each_series(Family& family, labels const& constant, Use const& use)
    {
        std::set<std::pair<std::string, std::string>> used;
        for (std::uint64_t i = 1 + below(5); i != 0; --i) {
            hostile const a = text();
            hostile const b = text();
            if (!used.emplace(a.read, b.read).second) continue;
            labels read = constant;
            read["a"] = a.read;
            read["b"] = b.read;
            use(family.with(a.given, b.given), read);
        }
    }

    void add_family(std::uint64_t kind)
    {
        labels constant;
        registry& r = part(constant);
        switch (kind) {
        case 0: return add_counter(r, constant);
        case 1: return add_counter_without_suffix(r, constant);
        case 2: {
            std::string const called = name("");
            return add_value(r.add(gauge_spec<"a", "b">{run_time, called, help(), unusual}), called,
                             constant);
        }
        case 3: {
            std::string const called = name("");
            return add_value(r.add(unknown_spec<"a", "b">{run_time, called, help(), unusual}), called,
                             constant);
        }
        case 4: return add_up_down_counter(r, constant);
        case 5: return add_histogram(r, constant);
        case 6: return add_native_histogram(r, constant);
        case 7: return add_summary(r, constant);
        case 8: return add_info(r, constant);
        case 9: return add_state_set(r, constant);
        default: return add_collector(r, constant);
        }
    }

    void add_counter(registry& r, labels const& constant)
    {
        std::string const called = name("_total");
        each_series(r.add(counter_spec<"a", "b">{run_time, called, help(), unusual}), constant,
                    [&](counter& c, labels const& read) {
                        double value = 0;
                        if (below(2) == 0) {
                            std::uint64_t const amount = random_() >> below(64);
                            c.increment(amount);
                            value = static_cast<double>(amount);
                        } else {
                            value = std::abs(finite_number());
                            c.increment(value);
                        }
                        expected_.in_all(called, read, value);
                    });
    }
    void add_counter_without_suffix(registry& r, labels const& constant)
    {
        std::string const called = name("");
        each_series(r.add(counter_spec<"a", "b">{run_time, called, help(), unusual}), constant,
                    [&](counter& c, labels const& read) {
                        c.increment(7);
                        expected_.in_text(called + "_total", read, 7);  // the reader adds the suffix
                        expected_.in_openmetrics(called, read, 7);      // where it is unknown
                        expected_.in_flat(called, read, 7);
                    });
    }
    template <class Family>
    void add_value(Family& family, std::string const& called, labels const& constant)
    {
        each_series(family, constant, [&](auto& one, labels const& read) {
            double const value = number();
            one.set(value);
            expected_.in_all(called, read, value);
        });
    }
    void add_up_down_counter(registry& r, labels const& constant)
    {
        std::string const called = name("");
        each_series(r.add(up_down_counter_spec<"a", "b">{run_time, called, help(), unusual}), constant,
                    [&](up_down_counter& c, labels const& read) {
                        auto const amount = static_cast<std::int64_t>(random_() >> (1 + below(63)));
                        c.add(amount);
                        expected_.in_all(called, read, static_cast<double>(amount));
                    });
    }

    void add_histogram(registry& r, labels const& constant)
    {
        std::string const called = name("");
        std::vector<double> const bounds = ascending_numbers(8);
        each_series(r.add(histogram_spec<"a", "b">{run_time, called, help(), unusual,
                                                   std::span<double const>(bounds)}),
                    constant, [&](histogram& h, labels const& read) {
                        std::vector<std::uint64_t> counts(bounds.size() + 1);
                        double sum = 0;
                        for (std::uint64_t i = below(5); i != 0; --i) {
                            double const value = finite_number();
                            h.observe(value);
                            sum += value;
                            ++counts[static_cast<std::size_t>(
                                std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin())];
                        }
                        expect_histogram(called, read, bounds, counts, sum);
                    });
    }
    void add_native_histogram(registry& r, labels const& constant)
    {
        std::string const called = name("");
        each_series(r.add(native_histogram_spec<"a", "b">{run_time, called, help(), unusual}), constant,
                    [&](native_histogram& h, labels const& read) {
                        double sum = 0;
                        std::uint64_t count = 0;
                        int in_buckets = 0;
                        for (std::uint64_t i = below(5); i != 0; --i, ++count) {
                            double const value = number();
                            h.observe(value);
                            sum += value;
                            if (!std::isnan(value)) ++in_buckets;
                        }
                        expect_histogram(called, read, {}, {count}, sum);
                        expected_.in_flat(called + "_native", read, in_buckets);
                    });
    }
    void expect_histogram(std::string const& called,
                          labels read,
                          std::vector<double> const& bounds,
                          std::vector<std::uint64_t> const& counts,
                          double sum)
    {
        std::uint64_t total = 0;
        for (std::uint64_t const count : counts)
            total += count;
        for (auto const in : {&expected_page::in_text, &expected_page::in_flat}) {
            (expected_.*in)(called + "_sum", read, sum);
            (expected_.*in)(called + "_count", read, static_cast<double>(total));
        }
        if (sum >= 0 && (bounds.empty() || bounds.front() >= 0)) {
            expected_.in_openmetrics(called + "_sum", read, sum);
            expected_.in_openmetrics(called + "_count", read, static_cast<double>(total));
        }
        total = 0;
        for (std::size_t i = 0; i != counts.size(); ++i) {
            total += counts[i];
            read["le"] = i == bounds.size() ? "+Inf" : std::string(exposition::number_text(bounds[i]).view());
            expected_.in_both_texts(called + "_bucket", read, static_cast<double>(total));
            read["le"] = expected_page::of_number(i == bounds.size() ? std::numeric_limits<double>::infinity()
                                                                     : bounds[i]);
            expected_.in_flat(called + "_bucket", read, static_cast<double>(total));
        }
    }

    void add_summary(registry& r, labels const& constant)
    {
        std::string const called = name("");
        std::set<double> places;
        for (std::uint64_t i = below(5); i != 0; --i)
            places.insert(static_cast<double>(below(1001)) / 1000);
        std::vector<double> const ascending(places.begin(), places.end());
        each_series(r.add(summary_spec<"a", "b">{run_time, called, help(), unusual, ascending}), constant,
                    [&](summary& s, labels const& read) {
                        double sum = 0;
                        std::uint64_t count = 0;
                        for (std::uint64_t i = below(5); i != 0; --i, ++count) {
                            double const value = finite_number();
                            s.observe(value);
                            sum += value;
                        }
                        std::vector<summary_snapshot::quantile> shown;
                        for (double const place : ascending)
                            shown.push_back({place, s.quantile(place)});
                        expect_summary(called, read, shown, count, sum);
                    });
    }
    void expect_summary(std::string const& called,
                        labels read,
                        std::vector<summary_snapshot::quantile> const& quantiles,
                        std::uint64_t count,
                        double sum)
    {
        expected_.in_all(called + "_count", read, static_cast<double>(count));
        expected_.in_text(called + "_sum", read, sum);
        expected_.in_flat(called + "_sum", read, sum);
        if (sum >= 0) expected_.in_openmetrics(called + "_sum", read, sum);
        for (auto const& [place, value] : quantiles) {
            read["quantile"] = std::string(exposition::number_text(place).view());
            expected_.in_text(called, read, value);
            if (!(value < 0)) expected_.in_openmetrics(called, read, value);
            read["quantile"] = expected_page::of_number(place);
            expected_.in_protobuf(called, read, value);
            if (!(value < 0)) expected_.in_openmetrics_2(called, read, value);
        }
    }

    void add_info(registry& r, labels const& constant)
    {
        std::string const called = name("_info");
        each_series(r.add(info_spec<"a", "b">{run_time, called, help(), unusual}), constant,
                    [&](info&, labels const& read) { expected_.in_all(called, read, 1); });
    }
    void add_state_set(registry& r, labels const& constant)
    {
        std::string called = name("");
        std::replace(called.begin(), called.end(), ':', '_');
        std::array<std::string, 2> const all{"s" + text().read, "t" + text().read};
        bool const is_renamed = below(2) == 0;
        std::string const label = is_renamed ? "state" : called;
        each_series(r.add(state_set_spec<std::string_view, "a", "b">{
                        run_time, called, help(),
                        states<std::string_view, 2>{std::string_view(all[0]), std::string_view(all[1])},
                        unusual, state_label{label}}),
                    constant, [&](auto& set, labels read) {
                        bool const is_first = below(2) == 0;
                        set.turn_on(all[is_first ? 0 : 1]);
                        read[label] = all[0];
                        expected_.in_all(called, read, is_first ? 1 : 0);
                        read[label] = all[1];
                        expected_.in_all(called, read, is_first ? 0 : 1);
                    });
    }

    /// A histogram and a summary that another library counted.
    void add_collector(registry& r, labels const& constant)
    {
        std::string const called = name("");
        std::vector<double> const bounds = ascending_numbers(4);
        std::vector<std::uint64_t> counts;
        for (std::size_t i = 0; i <= bounds.size(); ++i)
            counts.push_back(random_() >> (8 + below(56)));
        double const sum = number();
        std::vector<summary_snapshot::quantile> const quantiles{
            {0, number()}, {.25, number()}, {1, number()}};
        hostile const value = text();
        std::string const about = help();
        r.add([=](collector_output& out) {
            out.begin(called + "_h", about, metric_type::histogram);
            out.histogram({{"a", value.given}}, {bounds, counts, sum});
            out.begin(called + "_s", about, metric_type::summary);
            out.summary({{"a", value.given}}, {quantiles, 3, sum});
        });
        labels read = constant;
        read["a"] = value.read;
        expect_histogram(called + "_h", read, bounds, counts, sum);
        expect_summary(called + "_s", read, quantiles, 3, sum);
    }

    std::mt19937_64 random_;
    registry all_;
    std::vector<std::unique_ptr<registry>> parts_;
    expected_page expected_;
    int families_ = 0;
};

/// By page, what a reader makes of them.
std::vector<std::set<std::string>>
read_all(std::vector<std::string> const& pages, std::string const& reader, std::string const& format)
{
    std::deque<temporary_file> files;
    std::string command = "/usr/bin/python3 -B " + reader;
    for (std::string const& page : pages)
        command += " " + files.emplace_back(page).path.string();
    std::vector<std::set<std::string>> read;
    std::istringstream in(run(command + format + " 2>&1"));
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("PAGE "))
            read.emplace_back();
        else if (line.starts_with("SAMPLE ") && !line.starts_with("SAMPLE iafmetrics_"))
            read.back().insert(line);
    return read;
}

void check_equal(std::set<std::string> const& read, std::set<std::string> const& expected)
{
    for (std::string const& line : expected)
        CHECK_MESSAGE(read.contains(line), "missing: ", line.substr(0, 300));
    for (std::string const& line : read)
        CHECK_MESSAGE(expected.contains(line), "not expected: ", line.substr(0, 300));
}

template <class Write>
void check_round_trip(std::uint64_t registries,
                      Write const& write,
                      std::string const& reader,
                      std::string const& format,
                      std::set<std::string> expected_page::* expected)
{
    std::deque<random_registry> all;
    std::vector<std::string> pages;
    for (std::uint64_t seed = 0; seed != registries; ++seed)
        pages.push_back(write(all.emplace_back(seed).metrics()));
    auto const read = read_all(pages, reader, format);
    REQUIRE(read.size() == registries);
    for (std::size_t seed = 0; seed != registries; ++seed) {
        CAPTURE(seed);
        check_equal(read[seed], all[seed].expected().*expected);
    }
}

}  // namespace

TEST_CASE("round trip: what a reader makes of a random registry's page is what was put in")
{
    SUBCASE("text")
    {
        check_round_trip(
            400, [](registry const& r) { return exposition::text(r); }, READER, "", &expected_page::text);
    }
    SUBCASE("OpenMetrics 1.0")
    {
        check_round_trip(
            400, [](registry const& r) { return exposition::openmetrics(r); }, READER, " openmetrics",
            &expected_page::openmetrics);
    }
    SUBCASE("OpenMetrics 2.0")
    {
        check_round_trip(
            50, [](registry const& r) { return exposition::openmetrics_2(r); }, FLAT_READER, " openmetrics_2",
            &expected_page::openmetrics_2);
    }
    SUBCASE("protobuf")
    {
        check_round_trip(
            50, [](registry const& r) { return exposition::protobuf(r); }, FLAT_READER, " protobuf",
            &expected_page::protobuf);
    }
}
