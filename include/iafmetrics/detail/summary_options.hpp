// SPDX-License-Identifier: Apache-2.0
// summary_options: what a summary is declared with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace iafmetrics::inline v0::detail {

/// The most quantiles that a summary may show.
inline constexpr std::size_t most_quantiles = 16;

struct summary_options {
    std::array<double, most_quantiles> quantile_places{};
    std::size_t quantile_count = 0;
    int schema = 6;                                      // of a relative error of .01
    std::int64_t max_age_nanoseconds = 600'000'000'000;  // ten minutes
    std::uint32_t age_buckets = 5;
    friend bool operator==(summary_options const&, summary_options const&) = default;

    [[nodiscard]] constexpr std::span<double const> quantiles() const noexcept
    {
        return std::span(quantile_places).first(quantile_count);
    }
};

}  // namespace iafmetrics::inline v0::detail
