// SPDX-License-Identifier: Apache-2.0
// recorder: the series behind request_metrics and client_metrics, and the routes that lead to them.
#pragma once

#include <iafmetrics/counter.hpp>
#include <iafmetrics/detail/cell_store.hpp>
#include <iafmetrics/detail/hash.hpp>
#include <iafmetrics/detail/label_index.hpp>
#include <iafmetrics/http/route_table.hpp>
#include <iafmetrics/http/status_index.hpp>
#include <iafmetrics/registration_error.hpp>
#include <iafmetrics/steady_clock.hpp>
#include <iafmetrics/up_down_counter.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <initializer_list>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0::http {

/// What tells a server from a client.
struct recorder_options {
    std::string_view default_route;  ///< of requests that name none
    std::size_t most_routes;         ///< more share the table `_other`: raw paths and hosts stay bounded
    std::size_t outcome_of_exceptions;
    chosen_clock clock;
};

/// Threads:  every member from any thread at any time.
/// Cost:     route() is one hash and one comparison without a lock, once the route is known.
class recorder {
public:
    recorder(request_families const& families,
             up_down_counter& requests_in_flight,
             counter* failed_writes,
             counter* unreadable_traceparents,
             recorder_options const& how)
        : in_flight(requests_in_flight), write_errors(failed_writes),
          invalid_traceparents(unreadable_traceparents), options(how), families_(families),
          default_(families_, how.default_route), other_(families_, "_other")
    {}
    recorder(recorder const&) = delete;
    recorder& operator=(recorder const&) = delete;

    /// The table of a route, made at its first use. Never throws: where memory is out it is the table
    /// `_other`.
    [[nodiscard]] route_table& route(std::string_view name) noexcept
    {
        iafmetrics::detail::short_text const text(name, iafmetrics::detail::hash_seed(0));
        if (route_table* const known = find(text)) return *known;
        try {
            return add_route(text);
        } catch (std::exception const&) {
            return other_;
        }
    }

    /// Makes durations before they are needed. Throws registration_error for a method that is not known, and where
    /// there is no room for the route or its series.
    void declare(std::string_view method, std::string_view name, std::initializer_list<std::size_t> statuses)
    {
        std::size_t const known = method_index(method);
        if (known == other_method)
            throw registration_error(families_.duration.series->name(), "no HTTP method is named \"" +
                                                                            std::string(method) +
                                                                            "\": it cannot be declared");
        auto& family = *families_.duration.series;
        route_table& table = route(name);
        bool is_full = false;
        for (std::size_t const status : statuses)
            is_full = family.is_overflow(table.duration(known, status)) || is_full;
        std::string const what = std::string(method) + " " + std::string(name) + " cannot be declared: ";
        if (&table == &other_)
            throw registration_error(family.name(),
                                     what + std::to_string(options.most_routes) + " others have been");
        if (is_full)
            throw registration_error(family.name(), what + "the metric is at its series_limit of " +
                                                        std::to_string(family.options().limit));
    }

    [[nodiscard]] route_table& default_route() noexcept { return default_; }

    /// Whether a request that begins now is looked at for its trace.
    [[nodiscard]] bool wants_trace(std::int64_t nanoseconds) const noexcept
    {
        return nanoseconds >= next_trace_.load(std::memory_order_relaxed);
    }
    /// It was. After one with a trace for an exemplar the next is looked at in 10 ms, which leaves one in each bucket that a
    /// thousandth of the traces falls into between two scrapes; after any other in 1 ms, so that a server whose requests
    /// have none pays for a thousand of them in a second.
    void looked_for_trace(std::int64_t nanoseconds, bool has_found) noexcept
    {
        next_trace_.store(nanoseconds + (has_found ? 10'000'000 : 1'000'000), std::memory_order_relaxed);
    }

    up_down_counter& in_flight;
    counter* const write_errors;          // null: none are counted
    counter* const invalid_traceparents;  // the same
    recorder_options const options;

private:
    [[nodiscard]] route_table* find(iafmetrics::detail::short_text const& name) const noexcept
    {
        return static_cast<route_table*>(
            index_.find(name.hash(), [&](iafmetrics::detail::index_node const& node) {
                return static_cast<route_table const&>(node).is(name);
            }));
    }

    route_table& add_route(iafmetrics::detail::short_text const& name)
    {
        std::lock_guard const lock(structure_);
        if (route_table* const known = find(name)) return *known;
        if (routes_.size() == options.most_routes) return other_;
        route_table& made = routes_.emplace_back(families_, name.view());
        try {
            made.hash = name.hash();
            index_.insert(made);
        } catch (...) {
            routes_.pop_back();
            throw;
        }
        return made;
    }

    std::atomic<std::int64_t> next_trace_{std::numeric_limits<std::int64_t>::min()};
    request_families const families_;
    route_table default_;
    route_table other_;
    iafmetrics::detail::label_index index_;
    std::deque<route_table> routes_;
    std::mutex& structure_ =
        iafmetrics::detail::local_store.structure;  // for adding routes; held across fork()
};

}  // namespace iafmetrics::inline v0::http
