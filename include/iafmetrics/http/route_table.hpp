// SPDX-License-Identifier: Apache-2.0
// route_table: the series of one route: durations, and sizes where they are measured.
#pragma once

#include <iafmetrics/detail/label_index.hpp>
#include <iafmetrics/detail/short_text.hpp>
#include <iafmetrics/http/series_table.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0::http {

/// What is measured of each request.
struct request_families {
    request_family duration;
    request_family request_size{};
    request_family response_size{};

    [[nodiscard]] bool has_sizes() const noexcept { return request_size.series != nullptr; }
};

/// Threads, cost: as series_table.
/// Ordering: what is not in a series_table is written before recorder puts it into its label_index, and read only.
class route_table : public iafmetrics::detail::index_node {
public:
    /// The families outlive the table.
    route_table(request_families const& families, std::string_view route)
        : families_(families), route_(route), size_(route.size())
    {
        route_.append(iafmetrics::detail::short_text::padding, ' ');
    }
    route_table(route_table const&) = delete;
    route_table& operator=(route_table const&) = delete;

    [[nodiscard]] std::string_view route() const noexcept { return {route_.data(), size_}; }
    [[nodiscard]] bool is(iafmetrics::detail::short_text const& name) const noexcept
    {
        return name.size() == size_ && name.stands_at(route_.data());
    }
    [[nodiscard]] bool has_sizes() const noexcept { return families_.has_sizes(); }

    [[nodiscard]] histogram& duration(std::size_t method, std::size_t status) noexcept
    {
        return durations_.at(families_.duration, route(), method, status);
    }
    /// The sizes, where has_sizes().
    [[nodiscard]] histogram& request_size(std::size_t method, std::size_t status) noexcept
    {
        return request_sizes_.at(families_.request_size, route(), method, status);
    }
    [[nodiscard]] histogram& response_size(std::size_t method, std::size_t status) noexcept
    {
        return response_sizes_.at(families_.response_size, route(), method, status);
    }

private:
    request_families const& families_;
    std::string route_;  // and what a comparison may read behind it
    std::size_t size_;
    series_table durations_;
    series_table request_sizes_;
    series_table response_sizes_;
};

}  // namespace iafmetrics::inline v0::http
