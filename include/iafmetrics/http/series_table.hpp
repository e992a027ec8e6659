// SPDX-License-Identifier: Apache-2.0
// series_table: the series of one histogram and route, found by method and status without a hash.
#pragma once

#include <iafmetrics/family.hpp>
#include <iafmetrics/http/method.hpp>
#include <iafmetrics/http/status_index.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
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
/// Ordering: rows and series are published with release and read with acquire.
class series_table {
public:
    series_table() = default;
    series_table(series_table const&) = delete;
    series_table& operator=(series_table const&) = delete;
    ~series_table()
    {
        for (auto& row : rows_)
            delete row.load(std::memory_order_relaxed);
    }

    [[nodiscard]] histogram&
    at(request_family const& family, std::string_view route, std::size_t method, std::size_t status) noexcept
    {
        if (status_row* const found = rows_[method].load(std::memory_order_acquire))
            if (histogram* const series = (*found)[status].load(std::memory_order_acquire)) return *series;
        return make(family, route, method, status);
    }

private:
    using status_row = std::array<std::atomic<histogram*>, status_index::size>;

    [[gnu::noinline]] histogram& make(request_family const& family,
                                      std::string_view route,
                                      std::size_t method,
                                      std::size_t status) noexcept
    {
        histogram& series = family.with(method, route, status);
        // Beyond the limit each request is looked up, and counted as dropped.
        if (family.series->is_overflow(series)) return series;
        if (status_row* const found = find_or_make_row(method))
            (*found)[status].store(&series, std::memory_order_release);
        return series;
    }

    /// Null where memory is out: the next request asks the family again.
    status_row* find_or_make_row(std::size_t method) noexcept
    {
        status_row* found = rows_[method].load(std::memory_order_acquire);
        if (found != nullptr) return found;
        auto* const made = new (std::nothrow) status_row{};
        if (made == nullptr || rows_[method].compare_exchange_strong(found, made, std::memory_order_acq_rel))
            return made;
        delete made;
        return found;
    }

    std::array<std::atomic<status_row*>, known_methods.size()> rows_{};
};

}  // namespace iafmetrics::inline v0::http
