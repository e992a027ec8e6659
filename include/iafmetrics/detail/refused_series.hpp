// SPDX-License-Identifier: Apache-2.0
// refused_series: what a page leaves out of what collectors give, by metric and reason.
#pragma once

#include <iafmetrics/detail/utf8.hpp>
#include <iafmetrics/labels.hpp>
#include <iafmetrics/metric_type.hpp>
#include <iafmetrics/registration_error.hpp>
#include <iafmetrics/visitor.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::detail {

/// A hundred pairs of metric and reason; the others are counted together.
class refused_series {
public:
    void add(registration_error const& error, std::uint64_t series)
    {
        // An empty value would be no label at all.
        add(error.metric().empty() ? std::string("_unnamed") : repaired_utf8(error.metric()),
            repaired_utf8(error.rule()), series);
    }
    void add(refused_series const& others)
    {
        for (refusal const& one : others.all_)
            add(one.metric, one.reason, one.series);
    }

    void show(visitor& out) const
    {
        if (all_.empty()) return;
        out.begin_family({"iafmetrics_series_refused",
                          "Series of collectors that this page leaves out, by their metric and the reason.",
                          metric_type::gauge});
        for (auto const& [metric, reason, series] : all_) {
            std::string text;
            append_label(text, "metric", metric);
            append_label(text, "reason", reason);
            out.value(labels_view(text), series);
        }
    }

private:
    static constexpr std::size_t most = 100;

    struct refusal {
        std::string metric;
        std::string reason;
        std::uint64_t series;
    };

    void add(std::string metric, std::string reason, std::uint64_t series)
    {
        if (refusal* const known = find(metric, reason))
            known->series += series;
        else if (all_.size() < most)
            all_.push_back({std::move(metric), std::move(reason), series});
        else if (refusal* const others = find("_other", "_other"))
            others->series += series;
        else
            all_.push_back({"_other", "_other", series});
    }

    [[nodiscard]] refusal* find(std::string_view metric, std::string_view reason) noexcept
    {
        for (refusal& one : all_)
            if (one.metric == metric && one.reason == reason) return &one;
        return nullptr;
    }

    std::vector<refusal> all_;
};

}  // namespace iafmetrics::inline v0::detail
