// SPDX-License-Identifier: Apache-2.0
// buckets: the upper bounds of a histogram, +Inf left out because every histogram has it.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace iafmetrics::inline v0 {

/// Upper bounds in ascending order.
///
///     iafmetrics::buckets{.005, .01, .025}     three bounds, four buckets: the last is +Inf
///
/// A histogram's declaration checks them, so that bounds that do not ascend do not compile.
///
/// Choose them so that every threshold of an alert lies on a bound: a quantile is a guess between two of
/// them.
template <std::size_t Count>
struct buckets {
    std::array<double, Count> bounds;

    template <class... Bounds>
        requires(sizeof...(Bounds) == Count)
    // NOLINTNEXTLINE(google-explicit-constructor): buckets{1, 2} reads best
    consteval buckets(Bounds... values) : bounds{static_cast<double>(values)...}
    {}
    constexpr explicit buckets(std::array<double, Count> values) : bounds(values) {}
};

template <class... Bounds>
buckets(Bounds...) -> buckets<sizeof...(Bounds)>;

/// More bounds than this are refused: the search is linear up to 32, and a page has a line per bound and
/// series.
inline constexpr std::size_t max_bucket_bounds = 64;

/// What the other Prometheus clients use where nothing is said: request durations in seconds.
inline constexpr buckets default_buckets{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};

/// What OpenTelemetry advises for the durations of HTTP requests, client and server, in seconds.
inline constexpr buckets opentelemetry_buckets{.005, .01, .025, .05, .075, .1,  .25,
                                               .5,   .75, 1,    2.5, 5,    7.5, 10};

namespace detail {

constexpr void fill_linear(std::span<double> bounds, double start, double width) noexcept
{
    for (std::size_t i = 0; i != bounds.size(); ++i)
        bounds[i] = start + static_cast<double>(i) * width;
}
constexpr void fill_exponential(std::span<double> bounds, double start, double factor) noexcept
{
    for (double& bound : bounds) {
        bound = start;
        start *= factor;
    }
}

/// As many as are asked for, or one more than any declaration takes.
constexpr std::vector<double> room_for_bounds(std::size_t count)
{
    return std::vector<double>(count <= max_bucket_bounds ? count : max_bucket_bounds + 1);
}

}  // namespace detail

/// `Count` bounds, the first `start`, each `width` above the one before; +Inf comes besides, as in the other clients.
template <std::size_t Count>
consteval buckets<Count> linear_buckets(double start, double width)
{
    std::array<double, Count> bounds{};
    detail::fill_linear(bounds, start, width);
    return buckets<Count>(bounds);
}
/// The same known only at run time: `histogram_spec{run_time, name, help, linear_buckets(0.1, options.width, 10)}`.
constexpr std::vector<double> linear_buckets(double start, double width, std::size_t count)
{
    std::vector<double> bounds = detail::room_for_bounds(count);
    detail::fill_linear({bounds.data(), bounds.size()}, start, width);
    return bounds;
}

/// `Count` bounds, the first `start`, each `factor` times the one before; +Inf comes besides.
template <std::size_t Count>
consteval buckets<Count> exponential_buckets(double start, double factor)
{
    std::array<double, Count> bounds{};
    detail::fill_exponential(bounds, start, factor);
    return buckets<Count>(bounds);
}
/// The same known only at run time.
constexpr std::vector<double> exponential_buckets(double start, double factor, std::size_t count)
{
    std::vector<double> bounds = detail::room_for_bounds(count);
    detail::fill_exponential({bounds.data(), bounds.size()}, start, factor);
    return bounds;
}

namespace detail {

constexpr bool is_finite_and_ascending(std::span<double const> bounds) noexcept
{
    constexpr double most = std::numeric_limits<double>::max();
    for (std::size_t i = 0; i != bounds.size(); ++i) {
        bool const is_finite = bounds[i] >= -most && bounds[i] <= most;  // false for NaN
        if (!is_finite || (i != 0 && !(bounds[i - 1] < bounds[i]))) return false;
    }
    return true;
}

}  // namespace detail
}  // namespace iafmetrics::inline v0
