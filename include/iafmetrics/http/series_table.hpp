// SPDX-License-Identifier: Apache-2.0
// series_table: the series of one histogram and route, found by method and status without a hash.
#pragma once

#include <iafmetrics/detail/pointer_rows.hpp>
#include <iafmetrics/family.hpp>
#include <iafmetrics/http/method.hpp>
#include <iafmetrics/http/status_index.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace iafmetrics::inline v0::http {

/// Where the labels stand in a declaration; route is `absent` where it has none.
struct label_positions {
    static constexpr std::size_t absent = 3;

    std::size_t method;
    std::size_t route;
    std::size_t status;
};

/// A histogram whose labels are method, route and status.
struct request_family {
    iafmetrics::detail::typed_family<histogram>* series = nullptr;  // null: not measured
    label_positions positions{};

    [[nodiscard]] histogram&
    with(std::size_t method, std::string_view route, std::size_t status) const noexcept
    {
        status_label const label(status);
        std::array<std::string_view, 3> values;
        values[positions.method] = known_methods[method];
        values[positions.status] = label.view();
        std::size_t count = 2;
        if (positions.route != label_positions::absent) {
            values[positions.route] = route;
            count = 3;
        }
        return series->with_values(std::span(values).first(count));
    }
};

/// Each series is made when it is first needed.
///
/// Threads:  any thread at any time. Two threads that meet an empty place both ask the family, which gives
///           both the same series.
/// Cost:     two loads on a hit. A row of 4 KiB for each method that the route has seen.
/// Ordering: that of pointer_rows: who finds a series finds it whole.
class series_table {
public:
    [[nodiscard]] histogram&
    at(request_family const& family, std::string_view route, std::size_t method, std::size_t status) noexcept
    {
        if (histogram* const series = series_.find(method, status)) return *series;
        return make(family, route, method, status);
    }

private:
    [[gnu::noinline]] histogram& make(request_family const& family,
                                      std::string_view route,
                                      std::size_t method,
                                      std::size_t status) noexcept
    {
        histogram& series = family.with(method, route, status);
        // Beyond the limit each request is looked up, and counted as dropped. So it is where memory is out.
        if (!family.series->is_overflow(series)) series_.add(method, status, series);
        return series;
    }

    iafmetrics::detail::pointer_rows<histogram, known_methods.size(), status_index::size> series_;
};

}  // namespace iafmetrics::inline v0::http
