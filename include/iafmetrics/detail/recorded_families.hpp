// SPDX-License-Identifier: Apache-2.0
// recorded_families: a part of a page, kept until it is shown.
#pragma once

#include <iafmetrics/labels.hpp>
#include <iafmetrics/metric_type.hpp>
#include <iafmetrics/native_snapshot.hpp>
#include <iafmetrics/number.hpp>
#include <iafmetrics/visitor.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::detail {

/// Keeps copies of all that a visitor is given, and gives it to another one in the same order.
///
/// Errors:   bad_alloc; what was recorded before stays.
/// Lifetime: family_header::given alone is no copy: it lives in the registry, which outlives its visits.
class recorded_families final : public visitor {
public:
    void begin_family(family_header const& family) override
    {
        families_.push_back(
            {std::string(family.name), std::string(family.help), family.type, family.given, samples_.size()});
    }
    void value(labels_view labels, number now) override
    {
        samples_.push_back({std::string(labels.text()), kept_sample::kind::value, now, 0});
    }
    void counter(labels_view labels, counter_snapshot const& now) override
    {
        kept_counter kept{now.created, std::nullopt};
        if (now.exemplar != nullptr) kept.exemplar.emplace(*now.exemplar);
        counters_.push_back(std::move(kept));
        samples_.push_back(
            {std::string(labels.text()), kept_sample::kind::counter, now.value, counters_.size() - 1});
    }
    void histogram(labels_view labels, histogram_snapshot const& now) override
    {
        histograms_.emplace_back(now);
        samples_.push_back(
            {std::string(labels.text()), kept_sample::kind::histogram, 0, histograms_.size() - 1});
    }
    void summary(labels_view labels, summary_snapshot const& now) override
    {
        summaries_.push_back({{now.quantiles.begin(), now.quantiles.end()}, now.count, now.sum, now.created});
        samples_.push_back(
            {std::string(labels.text()), kept_sample::kind::summary, 0, summaries_.size() - 1});
    }

    void show(visitor& out) const
    {
        for (std::size_t i = 0; i != families_.size(); ++i) {
            kept_family const& one = families_[i];
            out.begin_family({one.name, one.help, one.type, one.given});
            std::size_t const end =
                i + 1 != families_.size() ? families_[i + 1].first_sample : samples_.size();
            for (std::size_t at = one.first_sample; at != end; ++at)
                show(samples_[at], out);
        }
    }

    /// Gives the memory back.
    void clear() noexcept
    {
        families_ = {};
        samples_ = {};
        counters_ = {};
        histograms_ = {};
        summaries_ = {};
    }

private:
    struct kept_family {
        std::string name;
        std::string help;
        metric_type type;
        given_names const* given;
        std::size_t first_sample;
    };
    struct kept_sample {
        enum class kind : std::uint8_t { value, counter, histogram, summary };
        std::string labels;
        kind what;
        number now;      // of a value or counter
        std::size_t at;  // of what else there is, among its kind
    };
    struct kept_exemplar {
        explicit kept_exemplar(exemplar_view const& of)
            : labels(of.labels.text()), value(of.value), timestamp(of.timestamp)
        {}
        [[nodiscard]] exemplar_view view() const noexcept { return {labels_view(labels), value, timestamp}; }

        std::string labels;
        double value;
        double timestamp;
    };
    struct kept_counter {
        double created;
        std::optional<kept_exemplar> exemplar;
    };
    struct kept_native {
        explicit kept_native(native_snapshot const& of)
            : numbers(of), negative(of.negative.begin(), of.negative.end()),
              positive(of.positive.begin(), of.positive.end())
        {}
        [[nodiscard]] native_snapshot view() const noexcept
        {
            native_snapshot now = numbers;
            now.negative = negative;
            now.positive = positive;
            return now;
        }

        native_snapshot numbers;  // its spans are those of the call
        std::vector<native_snapshot::bucket> negative;
        std::vector<native_snapshot::bucket> positive;
    };
    struct kept_histogram {
        explicit kept_histogram(histogram_snapshot const& of)
            : bounds(of.bounds.begin(), of.bounds.end()), counts(of.counts.begin(), of.counts.end()),
              sum(of.sum), created(of.created)
        {
            for (auto const& [bucket, exemplar] : of.exemplars)
                exemplars.emplace_back(bucket, exemplar);
            if (of.native != nullptr) native.emplace(*of.native);
        }
        void show(labels_view labels, visitor& out) const
        {
            std::vector<bucket_exemplar> views;
            for (auto const& [bucket, exemplar] : exemplars)
                views.push_back({bucket, exemplar.view()});
            native_snapshot const buckets = native ? native->view() : native_snapshot{};
            out.histogram(labels, {bounds, counts, sum, created, views, native ? &buckets : nullptr});
        }

        std::vector<double> bounds;
        std::vector<std::uint64_t> counts;
        double sum;
        double created;
        std::vector<std::pair<std::size_t, kept_exemplar>> exemplars;
        std::optional<kept_native> native;
    };
    struct kept_summary {
        std::vector<summary_snapshot::quantile> quantiles;
        std::uint64_t count;
        double sum;
        double created;
    };

    void show(kept_sample const& one, visitor& out) const
    {
        labels_view const labels(one.labels);
        switch (one.what) {
        case kept_sample::kind::value: return out.value(labels, one.now);
        case kept_sample::kind::counter: {
            auto const& [created, exemplar] = counters_[one.at];
            exemplar_view const view = exemplar ? exemplar->view() : exemplar_view{};
            return out.counter(labels, {one.now, created, exemplar ? &view : nullptr});
        }
        case kept_sample::kind::histogram: return histograms_[one.at].show(labels, out);
        case kept_sample::kind::summary: {
            auto const& [quantiles, count, sum, created] = summaries_[one.at];
            return out.summary(labels, {quantiles, count, sum, created});
        }
        }
    }

    std::vector<kept_family> families_;
    std::vector<kept_sample> samples_;
    std::vector<kept_counter> counters_;
    std::vector<kept_histogram> histograms_;
    std::vector<kept_summary> summaries_;
};

}  // namespace iafmetrics::inline v0::detail
