// SPDX-License-Identifier: Apache-2.0
// Random registries, written in every format and read by Debian's python3-prometheus-client, by protoc and by a reader of
// OpenMetrics 2.0's grammar: each family, sample, exemplar and native bucket is one that was put in, and the other way round.
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
#include <cstdlib>
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
constexpr utf8_names wide{"a test of the writers"};

using labels = std::map<std::string, std::string>;

/// What reader.py prints, and of OpenMetrics 2.0 and protobuf flat_reader.py: see printing.py.
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

    using page = std::set<std::string> expected_page::*;

    void family(
        page in, std::string const& name, char const* type, std::string const& unit, std::string const& help)
    {
        (this->*in).insert("FAMILY " + shown(name) + " " + type + " " + (unit.empty() ? "-" : unit) + " " +
                           hex(help));
    }
    void created(page in, std::string const& name, labels const& of)
    {
        (this->*in).insert("CREATED " + shown(name) + flat(of) + " now");
    }
    void exemplar(page in, std::string const& name, labels const& of, labels const& own, double value)
    {
        (this->*in).insert("EXEMPLAR " + shown(name) + flat(of) + " |" + flat(own) + " " + of_number(value) +
                           " now");
    }
    void native(std::string const& name, labels const& of, std::string const& buckets)
    {
        for (page const in : {&expected_page::openmetrics_2, &expected_page::protobuf})
            (this->*in).insert("NATIVE " + shown(name) + flat(of) + buckets);
    }

private:
    static std::string shown(std::string const& name)
    {
        return detail::is_metric_name(name) ? name : hex(name);
    }

    static std::string flat(labels const& of)
    {
        std::string text;
        for (auto const& [label, value] : of)
            text.append(" ").append(hex(label)).append(" ").append(hex(value));
        return text;
    }
    static std::string line_of(std::string const& name, labels const& of, double value)
    {
        return "SAMPLE " + shown(name) + flat(of) + " " + of_number(value);
    }
};

/// A registry with a few families of each kind, and what its pages must say.
class random_registry {
public:
    /// With names that need quotes, where the format and its reader have them.
    explicit random_registry(std::uint64_t seed, bool has_utf8_names = false)
        : random_(seed), has_utf8_names_(has_utf8_names)
    {
        for (std::uint64_t i = 1 + below(8); i != 0; --i)
            add_family(below(12));
    }

    [[nodiscard]] registry const& metrics() const { return all_; }
    [[nodiscard]] expected_page const& expected() const { return expected_; }

private:
    using page = expected_page::page;

    /// One label or two, which a page can show or not.
    struct random_exemplar {
        hostile first;
        hostile second;
        bool is_one = false;
        bool is_right = false;

        [[nodiscard]] labels read() const
        {
            return is_one ? labels{{"trace_id", first.given}}
                          : labels{{"trace_id", first.given}, {"b", second.given}};
        }
        template <class Observe>
        void give_to(Observe const& observe) const
        {
            is_one ? observe({{"trace_id", first.given}})
                   : observe({{"trace_id", first.given}, {"b", second.given}});
        }
    };

    std::uint64_t below(std::uint64_t end) { return random_() % end; }

    /// Ends in unit_ before the suffix.
    std::string name(std::string const& suffix, bool may_need_quotes = true)
    {
        static constexpr std::string_view letters =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789:";
        std::string made(1, letters[below(52)]);
        for (std::uint64_t i = below(20); i != 0; --i)
            made += letters[below(letters.size())];
        if (has_utf8_names_ && may_need_quotes && below(2) == 0) made += "." + text().read;
        unit_ = std::array{"", "", "seconds", "bytes", "ratio"}[below(5)];
        return made + "_x" + std::to_string(families_++) + (unit_.empty() ? "" : "_" + unit_) + suffix;
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
    /// As it is given; help_ as it is read. A reader of text leaves out spaces at its end.
    std::string help()
    {
        hostile const made = text();
        help_ = "H" + made.read + ".";
        return "H" + made.given + ".";
    }

    /// In a value of an exemplar, as prometheus_client 0.26 does.
    static inline bool const reader_refuses_quotes = std::getenv("READER_REFUSES_QUOTES") != nullptr;

    random_exemplar exemplar()
    {
        random_exemplar made{text(), text(), below(2) == 0, true};
        if (!has_utf8_names_)  // python3-prometheus-client 0.16 takes a brace in a value for the end of the labels
            for (std::string* const value :
                 {&made.first.given, &made.first.read, &made.second.given, &made.second.read}) {
                std::replace(value->begin(), value->end(), '}', '{');
                if (reader_refuses_quotes) std::replace(value->begin(), value->end(), '"', '\'');
            }
        std::size_t characters = 0;
        std::size_t bytes = 0;
        for (auto const& [label, value] : made.read()) {
            characters += label.size();
            bytes += label.size() + 3 + (bytes == 0 ? 0 : 1);
            for (char const c : value) {
                characters += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
                bytes += c == '"' || c == '\\' || c == '\n' ? 2 : 1;
            }
        }
        made.is_right = made.first.given == made.first.read &&
                        (made.is_one || made.second.given == made.second.read) && characters <= 128 &&
                        bytes <= 208;
        return made;
    }

    /// A family that every format has under its own name, as one of such a type.
    void expect_family(std::string const& called, char const* type)
    {
        expect_family(called, type, type, type, type);
    }
    void expect_family(std::string const& called,
                       char const* text,
                       char const* openmetrics,
                       char const* openmetrics_2,
                       char const* protobuf)
    {
        expected_.family(&expected_page::text, called, text, "", help_);
        expected_.family(&expected_page::openmetrics, called, openmetrics, unit_, help_);
        expected_.family(&expected_page::openmetrics_2, called, openmetrics_2, unit_, help_);
        expected_.family(&expected_page::protobuf, called, protobuf, unit_, help_);
    }
    void expect_created(std::string const& called, labels const& read)
    {
        for (page const in :
             {&expected_page::openmetrics, &expected_page::openmetrics_2, &expected_page::protobuf})
            expected_.created(in, called, read);
    }

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
            auto& family = r.add(gauge_spec<"a", "b">{run_time, called, help(), unusual, wide});
            expect_family(called, "gauge");
            return add_value(family, called, constant);
        }
        case 3: {
            std::string const called = name("");
            auto& family = r.add(unknown_spec<"a", "b">{run_time, called, help(), unusual, wide});
            expect_family(called, "unknown", "unknown", "unknown", "untyped");
            return add_value(family, called, constant);
        }
        case 4: return add_up_down_counter(r, constant);
        case 5: return add_histogram(r, constant);
        case 6: return add_native_histogram(r, constant);
        case 7: return add_summary(r, constant);
        case 8: return add_info(r, constant);
        case 9: return add_state_set(r, constant);
        case 10: return add_quoted_labels(r, constant);
        default: return add_collector(r, constant);
        }
    }

    void add_counter(registry& r, labels const& constant)
    {
        std::string const called = name("_total");
        auto& family = r.add(counter_spec<"a", "b">{run_time, called, help(), unusual, wide});
        std::string const base = called.substr(0, called.size() - std::string_view("_total").size());
        std::array<std::pair<page, std::string>, 3> const begun{{{&expected_page::openmetrics, base},
                                                                 {&expected_page::openmetrics_2, called},
                                                                 {&expected_page::protobuf, called}}};
        expected_.family(&expected_page::text, base, "counter", "", help_);
        for (auto const& [in, shown] : begun)
            expected_.family(in, shown, "counter", unit_, help_);
        each_series(family, constant, [&](counter& c, labels const& read) {
            auto const count = [&](auto amount) {
                auto const value = static_cast<double>(amount);
                if (below(2) == 0) {
                    c.increment(amount);
                } else {
                    random_exemplar const trace = exemplar();
                    trace.give_to([&](exemplar_labels given) { c.increment(amount, given); });
                    if (trace.is_right) expect_exemplar(called, read, trace, value);
                }
                expected_.in_all(called, read, value);
            };
            if (below(2) == 0)
                count(random_() >> below(64));
            else
                count(std::abs(finite_number()));
            for (auto const& [in, shown] : begun)
                expected_.created(in, shown, read);
        });
    }
    void add_counter_without_suffix(registry& r, labels const& constant)
    {
        std::string const called = name("");
        auto& family = r.add(counter_spec<"a", "b">{run_time, called, help(), unusual, wide});
        expect_family(called, "counter", "unknown", "counter", "counter");
        each_series(family, constant, [&](counter& c, labels const& read) {
            c.increment(7);
            expected_.in_text(called + "_total", read, 7);  // the reader adds the suffix
            expected_.in_openmetrics(called, read, 7);      // where it is unknown
            expected_.in_flat(called, read, 7);
            expected_.created(&expected_page::openmetrics_2, called, read);
            expected_.created(&expected_page::protobuf, called, read);
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
        auto& family = r.add(up_down_counter_spec<"a", "b">{run_time, called, help(), unusual, wide});
        expect_family(called, "gauge");
        each_series(family, constant, [&](up_down_counter& c, labels const& read) {
            auto const amount = static_cast<std::int64_t>(random_() >> (1 + below(63)));
            c.add(amount);
            expected_.in_all(called, read, static_cast<double>(amount));
        });
    }
    /// Names of labels that need quotes where the format has them.
    void add_quoted_labels(registry& r, labels const& constant)
    {
        std::string const called = name("");
        auto& family = r.add(gauge_spec<"a.b", "straße \"\\\n=,}">{run_time, called, help(), unusual, wide});
        expect_family(called, "gauge");
        hostile const a = text();
        hostile const b = text();
        family.with(a.given, b.given).set(2);
        labels read = constant;
        read["a.b"] = a.read;
        read["straße \"\\\n=,}"] = b.read;
        if (has_utf8_names_) return expected_.in_flat(called, read, 2);
        read = constant;
        read["a_b"] = a.read;
        read["stra_e_______"] = b.read;
        expected_.in_all(called, read, 2);
    }

    void add_histogram(registry& r, labels const& constant)
    {
        std::string const called = name("");
        std::vector<double> const bounds = ascending_numbers(8);
        auto& family = r.add(histogram_spec<"a", "b">{run_time, called, help(), unusual, wide,
                                                      std::span<double const>(bounds)});
        expect_family(called, "histogram");
        each_series(family, constant, [&](histogram& h, labels const& read) {
            observed_values seen(bounds);
            for (std::uint64_t i = below(5); i != 0; --i)
                observe(h, seen, finite_number(), below(2) == 0);
            expect_histogram(called, read, bounds, seen.counts, seen.sum);
            expect_bucket_exemplars(called, read, seen);
            expect_created(called, read);
        });
    }
    void add_native_histogram(registry& r, labels const& constant)
    {
        static constexpr std::array<std::pair<double, int>, 5> growths{
            {{1.0028, 8}, {1.1, 3}, {2, 0}, {20, -2}, {1e6, -4}}};
        auto const [factor, schema] = growths[below(growths.size())];
        std::string const called = name("");
        std::vector<double> const bounds = below(2) == 0 ? std::vector<double>{} : ascending_numbers(4);
        std::string const about = help();
        using spec = native_histogram_spec<"a", "b">;
        auto& family = r.add(bounds.empty() ? spec{run_time, called, about, unusual, wide, growth{factor}}
                                            : spec{run_time, called, about, unusual, wide, growth{factor},
                                                   std::span<double const>(bounds)});
        expect_family(called, "histogram");
        each_series(family, constant, [&](native_histogram& h, labels const& read) {
            observed_values seen(bounds);
            for (std::uint64_t i = below(12); i != 0; --i)
                // Without declared buckets +Inf shows the newest of several, by a clock that ticks every few milliseconds.
                observe(h, seen, number(), below(2) == 0 && (!bounds.empty() || seen.exemplars.empty()));
            expect_histogram(called, read, bounds, seen.counts, seen.sum);
            expect_bucket_exemplars(called, read, seen);
            for (auto const& [bucket, one] : seen.exemplars)
                expected_.exemplar(&expected_page::protobuf, called, read, one.first.read(), one.second);
            expect_created(called, read);
            expected_.native(called, read, seen.native_buckets(schema));
        });
    }

    /// What was observed, as the buckets of both kinds have it.
    struct observed_values {
        explicit observed_values(std::vector<double> const& bucket_bounds)
            : bounds(bucket_bounds), counts(bucket_bounds.size() + 1)
        {}
        [[nodiscard]] std::size_t bucket_of(double value) const
        {
            if (std::isnan(value)) return bounds.size();
            return static_cast<std::size_t>(std::lower_bound(bounds.begin(), bounds.end(), value) -
                                            bounds.begin());
        }
        /// ` schema zero-threshold zero-count n3:1 p-2:7`
        [[nodiscard]] std::string native_buckets(int schema) const
        {
            std::map<int, int> sides[2];
            int zeros = 0;
            double const threshold = std::ldexp(1, -128);
            for (double const value : values) {
                if (std::isnan(value)) continue;
                if (std::abs(value) <= threshold)
                    ++zeros;
                else
                    ++sides[value < 0 ? 0 : 1][index_of(std::abs(value), schema)];
            }
            std::string text =
                " " + std::to_string(schema) + " " + hex_of(threshold) + " " + std::to_string(zeros);
            for (int side = 0; side != 2; ++side)
                for (auto const& [index, count] : sides[side])
                    text += std::string(side == 0 ? " n" : " p") + std::to_string(index) + ":" +
                            std::to_string(count);
            return text;
        }
        static int index_of(double value, int schema)
        {
            // The infinities are behind the largest double.
            long double const exponent =
                std::isinf(value) ? 1024.0L : std::log2(static_cast<long double>(value));
            return static_cast<int>(std::ceil(std::ldexp(exponent, schema))) + (std::isinf(value) ? 1 : 0);
        }

        std::vector<double> const& bounds;
        std::vector<std::uint64_t> counts;
        std::vector<double> values;
        double sum = 0;
        std::map<std::size_t, std::pair<random_exemplar, double>> exemplars;  // by bucket
    };

    template <class Histogram>
    void observe(Histogram& h, observed_values& seen, double value, bool has_exemplar)
    {
        std::size_t const bucket = seen.bucket_of(value);
        if (has_exemplar) {
            random_exemplar const trace = exemplar();
            trace.give_to([&](exemplar_labels given) { h.observe(value, given); });
            if (trace.is_right && !std::isnan(value)) seen.exemplars[bucket] = {trace, value};
        } else {
            h.observe(value);
        }
        seen.sum += value;
        seen.values.push_back(value);
        ++seen.counts[bucket];
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
            read["le"] = bound_in_text(bounds, i);
            expected_.in_both_texts(called + "_bucket", read, static_cast<double>(total));
            read["le"] = bound_as_number(bounds, i);
            expected_.in_flat(called + "_bucket", read, static_cast<double>(total));
        }
    }
    static std::string bound_in_text(std::vector<double> const& bounds, std::size_t i)
    {
        return i == bounds.size() ? "+Inf" : std::string(exposition::number_text(bounds[i]).view());
    }
    static std::string bound_as_number(std::vector<double> const& bounds, std::size_t i)
    {
        return expected_page::of_number(i == bounds.size() ? std::numeric_limits<double>::infinity()
                                                           : bounds[i]);
    }

    void
    expect_exemplar(std::string const& called, labels const& read, random_exemplar const& own, double value)
    {
        for (page const in :
             {&expected_page::openmetrics, &expected_page::openmetrics_2, &expected_page::protobuf})
            expected_.exemplar(in, called, read, own.read(), value);
    }
    void expect_bucket_exemplars(std::string const& called, labels const& read, observed_values const& seen)
    {
        for (auto const& [bucket, one] : seen.exemplars) {
            auto const& [own, value] = one;
            labels of_bucket = read;
            of_bucket["le"] = bound_in_text(seen.bounds, bucket);
            expected_.exemplar(&expected_page::openmetrics, called + "_bucket", of_bucket, own.read(), value);
            of_bucket["le"] = bound_as_number(seen.bounds, bucket);
            expected_.exemplar(&expected_page::protobuf, called + "_bucket", of_bucket, own.read(), value);
            expected_.exemplar(&expected_page::openmetrics_2, called, read, own.read(), value);
        }
    }

    void add_summary(registry& r, labels const& constant)
    {
        std::string const called = name("");
        std::set<double> places;
        for (std::uint64_t i = below(5); i != 0; --i)
            places.insert(static_cast<double>(below(1001)) / 1000);
        std::vector<double> const ascending(places.begin(), places.end());
        auto& family = r.add(summary_spec<"a", "b">{run_time, called, help(), unusual, wide, ascending});
        expect_family(called, "summary");
        each_series(family, constant, [&](summary& s, labels const& read) {
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
            expect_created(called, read);
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
        auto& family = r.add(info_spec<"a", "b">{run_time, called, help(), unusual, wide});
        unit_ = {};
        expected_.family(&expected_page::text, called, "gauge", "", help_);
        expected_.family(&expected_page::openmetrics, called.substr(0, called.size() - 5), "info", "", help_);
        expected_.family(&expected_page::openmetrics_2, called, "info", "", help_);
        expected_.family(&expected_page::protobuf, called, "gauge", "", help_);
        each_series(family, constant, [&](info&, labels const& read) { expected_.in_all(called, read, 1); });
    }
    void add_state_set(registry& r, labels const& constant)
    {
        std::string called = name("", false);
        std::replace(called.begin(), called.end(), ':', '_');
        std::array<std::string, 2> const all{"s" + text().read, "t" + text().read};
        bool const is_renamed = below(2) == 0;
        std::string const label = is_renamed ? "state" : called;
        auto& family = r.add(state_set_spec<std::string_view, "a", "b">{
            run_time, called, help(),
            states<std::string_view, 2>{std::string_view(all[0]), std::string_view(all[1])}, unusual,
            state_label{label}});
        char const* const kind = is_renamed ? "gauge" : "stateset";
        expected_.family(&expected_page::text, called, "gauge", "", help_);
        for (page const in : {&expected_page::openmetrics, &expected_page::openmetrics_2})
            expected_.family(in, called, kind, is_renamed ? unit_ : "", help_);
        expected_.family(&expected_page::protobuf, called, "gauge", "", help_);
        each_series(family, constant, [&](auto& set, labels read) {
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
        std::string const called = name("", false);
        unit_ = {};
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
        expect_family(called + "_h", "histogram");
        expect_family(called + "_s", "summary");
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
    bool has_utf8_names_;
    std::string unit_;  // of the last name()
    std::string help_;  // of the last help()
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
        else if (!line.starts_with("HELP ") && line.find(" iafmetrics_") != line.find(' '))
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

/// OpenMetrics 1.0 tells when a series began where it is asked to.
bool tells_created(std::uint64_t seed) { return seed % 2 == 0; }

/// With names that need quotes in the formats that flat_reader.py reads.
template <class Write>
void check_round_trip(std::uint64_t registries,
                      Write const& write,
                      std::string const& reader,
                      std::string const& format,
                      expected_page::page expected)
{
    std::deque<random_registry> all;
    std::vector<std::string> pages;
    for (std::uint64_t seed = 0; seed != registries; ++seed)
        pages.push_back(write(all.emplace_back(seed, reader == FLAT_READER).metrics(), seed));
    auto const read = read_all(pages, reader, format);
    REQUIRE(read.size() == registries);
    for (std::size_t seed = 0; seed != registries; ++seed) {
        CAPTURE(seed);
        std::set<std::string> wanted = all[seed].expected().*expected;
        if (format == " openmetrics" && !tells_created(seed))
            std::erase_if(wanted, [](std::string const& line) { return line.starts_with("CREATED "); });
        check_equal(read[seed], wanted);
    }
}

}  // namespace

TEST_CASE("round trip: what a reader makes of a random registry's page is what was put in")
{
    constexpr auto quoted = exposition::escaping_scheme::allow_utf8;
    SUBCASE("text")
    {
        check_round_trip(
            400, [](registry const& r, std::uint64_t) { return exposition::text(r); }, READER, "",
            &expected_page::text);
    }
    SUBCASE("OpenMetrics 1.0")
    {
        check_round_trip(
            400,
            [](registry const& r, std::uint64_t seed) {
                return exposition::openmetrics(r, {.created = tells_created(seed)});
            },
            READER, " openmetrics", &expected_page::openmetrics);
    }
    SUBCASE("OpenMetrics 2.0")
    {
        check_round_trip(
            50, [](registry const& r, std::uint64_t) { return exposition::openmetrics_2(r, quoted); },
            FLAT_READER, " openmetrics_2", &expected_page::openmetrics_2);
    }
    SUBCASE("protobuf")
    {
        check_round_trip(
            50, [](registry const& r, std::uint64_t) { return exposition::protobuf(r, quoted); }, FLAT_READER,
            " protobuf", &expected_page::protobuf);
    }
}
