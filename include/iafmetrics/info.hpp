// SPDX-License-Identifier: Apache-2.0
// info: what does not change while a program runs, as labels.
#pragma once

#include <iafmetrics/family.hpp>
#include <iafmetrics/spec.hpp>

#include <cstdint>

namespace iafmetrics::inline v0 {

/// A set of labels that is worth a line of its own: a version, a configuration. Its value is 1 for ever.
///
///     inline constexpr iafmetrics::info_spec<"version", "revision"> shop_build{"shop_build_info", "What runs."};
///
///     registry.add(shop_build).with("1.2.3", "4f5e6d7");      // shown from here on
///
/// It says the same to every query that joins it: `shop_orders_total * on (instance) group_left (version)
/// shop_build_info`. What changes is a state_set or a gauge.
///
/// Rules: the name ends in _info (OpenMetrics).
/// Lifetime: a series lives as long as its registry; with() of other values adds one and takes none away.
class info {
public:
    constexpr info() noexcept = default;
    info(info const&) = delete;
    info& operator=(info const&) = delete;

    [[nodiscard]] static constexpr number value() noexcept { return std::uint64_t{1}; }
};

namespace detail {

template <fixed_string... Labels>
struct family_of_spec<info_spec<Labels...>> {
    using instrument = info;
    using type = family<info, Labels...>;
    static constexpr metric_type exposed_as = metric_type::info;
};

}  // namespace detail
}  // namespace iafmetrics::inline v0
