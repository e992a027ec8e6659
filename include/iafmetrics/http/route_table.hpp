// SPDX-License-Identifier: Apache-2.0
// route_table: the duration series of one route, found by method and status without a hash.
#pragma once

#include <iafmetrics/detail/family_base.hpp>
#include <iafmetrics/family.hpp>
#include <iafmetrics/http/method.hpp>

#include <array>
#include <atomic>
#include <charconv>
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <string_view>

namespace iafmetrics::http {

/// Where the three labels stand in the declaration.
struct label_positions {
    std::size_t method;
    std::size_t route;
    std::size_t status;
};

/// A response's status as a table index: 100 to 599, or one place for requests that got no response.
class status_index {
public:
    static constexpr std::size_t aborted = 500;
    static constexpr std::size_t size = aborted + 1;

    /// A number outside 100…599 is no status and counts as 500: the server made it.
    [[nodiscard]] static constexpr std::size_t of(unsigned status) noexcept
    {
        return status < 100 || status > 599 ? std::size_t{400} : std::size_t{status} - 100;
    }
};

/// One route's series, each made when it is first needed.
///
/// Threads:  any thread at any time. Two threads that meet an empty place both ask the family, which gives
///           both the same series.
/// Cost:     two loads on a hit. A row of 4 KiB for each method that the route has seen.
/// Ordering: rows and series are published with release and read with acquire.
class route_table : public detail::index_node {
public:
    route_table(detail::typed_family<histogram>& family, label_positions positions, std::string_view route)
        : family_(family), positions_(positions), route_(route)
    {}
    route_table(route_table const&) = delete;
    route_table& operator=(route_table const&) = delete;
    ~route_table()
    {
        for (auto& row : rows_)
            delete row.load(std::memory_order_relaxed);
    }

    [[nodiscard]] std::string_view route() const noexcept { return route_; }

    [[nodiscard]] histogram& duration(std::size_t method, std::size_t status) noexcept
    {
        if (status_row* const found = rows_[method].load(std::memory_order_acquire))
            if (histogram* const series = (*found)[status].load(std::memory_order_acquire)) return *series;
        return make(method, status);
    }

private:
    using status_row = std::array<std::atomic<histogram*>, status_index::size>;

    [[gnu::noinline]] histogram& make(std::size_t method, std::size_t status) noexcept
    {
        char digits[4];
        std::string_view text = "aborted";
        if (status != status_index::aborted)
            text = {digits, static_cast<std::size_t>(
                                std::to_chars(digits, digits + sizeof digits, status + 100).ptr - digits)};
        std::array<std::string_view, 3> values;
        values[positions_.method] = known_methods[method];
        values[positions_.route] = route_;
        values[positions_.status] = text;
        histogram& series = family_.with_values(values);
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

    detail::typed_family<histogram>& family_;
    label_positions positions_;
    std::string route_;
    std::array<std::atomic<status_row*>, known_methods.size()> rows_{};
};

}  // namespace iafmetrics::http
