// SPDX-License-Identifier: Apache-2.0
// unknown: a value from elsewhere of which nobody knows whether it is a counter or a gauge.
#pragma once

#include <iafmetrics/family.hpp>
#include <iafmetrics/number.hpp>
#include <iafmetrics/spec.hpp>

#include <atomic>
#include <string_view>

namespace iafmetrics::inline v0 {

/// Declares an unknown. Options: series_limit, exemption.
///
///     inline constexpr iafmetrics::unknown_spec<"key"> vendor_readings{"shop_vendor_readings", "What the till says."};
template <detail::fixed_string... Labels>
struct unknown_spec : detail::basic_spec<Labels...> {
    template <class... Options>
    consteval unknown_spec(std::string_view metric, std::string_view text, Options... options)
        : unknown_spec(run_time, metric, text, options...)
    {}
    template <class... Options>
    constexpr unknown_spec(run_time_t, std::string_view metric, std::string_view text, Options... options)
        : detail::basic_spec<Labels...>(metric, text)
    {
        (this->apply(options), ...);
        this->check_rules(metric_type::untyped);
    }
};
template <class... Options>
unknown_spec(std::string_view, std::string_view, Options...) -> unknown_spec<>;
template <class... Options>
unknown_spec(run_time_t, std::string_view, std::string_view, Options...) -> unknown_spec<>;

/// A value that another system keeps, as it is there: a file of /proc, a device's register, a vendor's statistics.
///
///     for (auto const& [key, value] : till.readings()) readings.with(key).set(value);
///
///     iafmetrics::callback const shown{registry, vendor_readings, [&](auto& series) { … }};   // read at the scrape
///
/// What your own code counts is a counter, and what it measures a gauge: say so where you can. Pages show it as untyped,
/// OpenMetrics as unknown.
///
/// Threads:  every member may be called from any thread at any time; not from a signal handler.
/// Cost:     one relaxed store.
/// Ordering: none.
/// Errors:   none. NaN and infinities are values like others.
class unknown {
public:
    constexpr unknown() noexcept = default;
    unknown(unknown const&) = delete;
    unknown& operator=(unknown const&) = delete;

    void set(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
    [[nodiscard]] number value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_{0};
};

namespace detail {

template <fixed_string... Labels>
struct family_of_spec<unknown_spec<Labels...>> {
    using instrument = unknown;
    using type = family<unknown, Labels...>;
    static constexpr metric_type exposed_as = metric_type::untyped;
};

}  // namespace detail
}  // namespace iafmetrics::inline v0
