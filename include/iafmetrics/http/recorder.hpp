// SPDX-License-Identifier: Apache-2.0
// recorder: the series behind request_metrics, and the routes that lead to them.
#pragma once

#include <iafmetrics/counter.hpp>
#include <iafmetrics/detail/cell_store.hpp>
#include <iafmetrics/detail/label_index.hpp>
#include <iafmetrics/family.hpp>
#include <iafmetrics/http/method.hpp>
#include <iafmetrics/http/route_table.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/spec.hpp>
#include <iafmetrics/up_down_counter.hpp>

#include <array>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <string>
#include <string_view>

namespace iafmetrics::http {

/// Threads:  every member from any thread at any time.
/// Cost:     route() is one hash and one comparison without a lock, once the route is known.
class recorder {
public:
    /// More routes than this share one table, `_other`: a server that passes raw paths stays bounded.
    static constexpr std::size_t most_routes = 1000;

    /// Registers what belongs to the durations: named after their stem, "iaf_api_request".
    recorder(registry& metrics,
             detail::typed_family<histogram>& durations,
             label_positions positions,
             std::string const& stem)
        : in_flight(metrics.add(
              up_down_counter_spec{run_time, stem + "s_in_flight", "Requests that are being handled."})),
          write_errors(metrics.add(
              counter_spec{run_time, stem + "_write_errors_total", "Responses whose write failed."})),
          unmatched(durations, positions, "unmatched"), durations_(durations), positions_(positions),
          other_(durations, positions, "_other")
    {
        // What strangers cause exists from the start: their scan of a server adds no series.
        (void)unmatched.duration(method_index("GET"), status_index::of(404));
        for (unsigned const status : {400U, 404U, 405U, 431U})
            (void)unmatched.duration(other_method, status_index::of(status));
    }

    /// Of the durations.
    [[nodiscard]] std::string_view name() const noexcept { return durations_.name(); }

    /// The table of a route, made at its first use. Never throws: where memory is out it is the table
    /// `_other`.
    [[nodiscard]] route_table& route(std::string_view route_template) noexcept
    {
        std::array<std::string_view, 1> const key{route_template};
        std::uint64_t const hash = detail::hash_values(key);
        if (auto* const node = index_.find(hash, key)) return static_cast<route_table&>(*node);
        try {
            return add_route(hash, key);
        } catch (std::exception const&) {
            return other_;
        }
    }

    up_down_counter& in_flight;
    counter& write_errors;
    route_table unmatched;

private:
    route_table& add_route(std::uint64_t hash, std::array<std::string_view, 1> const& key)
    {
        std::lock_guard const lock(structure_);
        if (auto* const node = index_.find(hash, key)) return static_cast<route_table&>(*node);
        if (routes_.size() == most_routes) return other_;
        route_table& made = routes_.emplace_back(durations_, positions_, key[0]);
        try {
            made.hash = hash;
            made.lengths.push_back(static_cast<std::uint32_t>(key[0].size()));
            made.key = key[0];
            index_.insert(made);
        } catch (...) {
            routes_.pop_back();
            throw;
        }
        return made;
    }

    detail::typed_family<histogram>& durations_;
    label_positions positions_;
    route_table other_;
    detail::label_index index_;
    std::deque<route_table> routes_;
    std::mutex& structure_ =
        iafmetrics::detail::local_store.structure;  // for adding routes; held across fork()
};

}  // namespace iafmetrics::http
