// SPDX-License-Identifier: Apache-2.0
// database: queries and connections, under the names that Oversight's records and Plue's alerts read.
#pragma once

#include <iafmetrics/family.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/spec.hpp>

#include <chrono>
#include <exception>
#include <limits>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::standard {

inline constexpr histogram_spec<"operation", "table"> db_query_duration{
    "db_query_duration_seconds", "Duration of database queries.", buckets{.001, .005, .01, .05, .1, .5, 1}};

inline constexpr counter_spec<"operation", "table"> db_query_errors_total{
    "db_query_errors_total", "Database queries that ended in an exception or were marked as failed."};

inline constexpr gauge_spec db_connections_active{"db_connections_active", "Open database connections."};

inline constexpr gauge_spec db_connections_max{"db_connections_max",
                                               "Database connections that may be open at a time."};

inline constexpr counter_spec db_connection_errors_total{"db_connection_errors_total",
                                                         "Database connections that could not be opened."};

/// One query, timed from its making to its destruction; an exception that passes it counts as an error.
///
/// Lifetime: shorter than that of the registry. Threads: one at a time.
class observed_query {
public:
    observed_query(histogram& duration, counter& errors) noexcept : duration_(&duration), errors_(&errors) {}
    observed_query(observed_query&& other) noexcept
        : duration_(std::exchange(other.duration_, nullptr)), errors_(other.errors_), start_(other.start_),
          exceptions_(other.exceptions_), has_failed_(other.has_failed_)
    {}
    observed_query& operator=(observed_query&&) = delete;
    ~observed_query()
    {
        if (duration_ == nullptr) return;
        duration_->observe(std::chrono::duration<double>(clock::now() - start_).count());
        if (has_failed_ || std::uncaught_exceptions() > exceptions_) errors_->increment();
    }

    /// For a driver that returns its errors: the query counts as one.
    void fail() noexcept { has_failed_ = true; }

private:
    using clock = std::chrono::steady_clock;

    histogram* duration_;  // null: moved from
    counter* errors_;
    clock::time_point start_ = clock::now();
    int exceptions_ = std::uncaught_exceptions();
    bool has_failed_ = false;
};

/// A database as its client sees it.
///
///     iafmetrics::standard::database_metrics database{registry};
///     database.connections_max.set(20);
///     database.declare("select", "sessions");                         // there, at 0, in the first scrape
///     …
///     auto const query = database.query("select", "sessions");        // timed to the end of the scope
///     …
///     database.connections_active.set(pool.size());
///     database.connection_errors.increment();
///
/// The operation is a verb of the language and the table one of the schema, both written in the program:
/// never a query's text. More than one database: a registry with a constant label for each.
///
/// Threads:  every member may be called from any thread at any time.
/// Cost:     query() is two lookups and, at each end, a clock read.
/// Errors:   the constructor throws registration_error; nothing else throws.
/// Lifetime: shorter than that of the registry.
struct database_metrics {
    explicit database_metrics(registry& metrics)
        : query_duration(metrics.add(db_query_duration)), query_errors(metrics.add(db_query_errors_total)),
          connections_active(metrics.add(db_connections_active)),
          connections_max(metrics.add(db_connections_max)),
          connection_errors(metrics.add(db_connection_errors_total))
    {
        connections_max.set(std::numeric_limits<double>::quiet_NaN());
    }

    [[nodiscard]] observed_query query(std::string_view operation, std::string_view table) noexcept
    {
        return {query_duration.with(operation, table), query_errors.with(operation, table)};
    }

    void declare(std::string_view operation, std::string_view table) noexcept
    {
        (void)query_duration.with(operation, table);
        (void)query_errors.with(operation, table);
    }

    family_of<db_query_duration>& query_duration;
    family_of<db_query_errors_total>& query_errors;
    gauge& connections_active;
    gauge& connections_max;  ///< NaN until it is set: an alert on active / max then compares false
    counter& connection_errors;
};

}  // namespace iafmetrics::inline v0::standard
