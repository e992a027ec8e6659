// SPDX-License-Identifier: Apache-2.0
// database: queries and connections, under the names that Oversight's records and Plue's alerts read.
#pragma once

#include <iafmetrics/family.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/spec.hpp>
#include <iafmetrics/steady_clock.hpp>

#include <cstdint>
#include <exception>
#include <limits>
#include <source_location>
#include <string_view>
#include <tuple>
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
    observed_query(histogram& duration, counter& errors, chosen_clock clock = steady_clock{}) noexcept
        : duration_(&duration), errors_(&errors), clock_(clock)
    {}
    observed_query(observed_query&& other) noexcept
        : duration_(std::exchange(other.duration_, nullptr)), errors_(other.errors_), clock_(other.clock_),
          start_(other.start_), exceptions_(other.exceptions_), has_failed_(other.has_failed_)
    {}
    observed_query& operator=(observed_query&&) = delete;
    ~observed_query()
    {
        if (duration_ == nullptr) return;
        duration_->observe(static_cast<double>(clock_.nanoseconds() - start_) / 1e9);
        if (has_failed_ || std::uncaught_exceptions() > exceptions_) errors_->increment();
    }

    /// For a driver that returns its errors: the query counts as one.
    void fail() noexcept { has_failed_ = true; }

private:
    histogram* duration_;  // null: moved from
    counter* errors_;
    chosen_clock clock_;
    std::int64_t start_ = clock_.nanoseconds();
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
/// never a query's text. More than one database: a registry with a constant label for each. A test of durations gives
/// a clock of its own: `database_metrics database{registry, testing::fake_clock{}}`.
///
/// Threads:  every member may be called from any thread at any time.
/// Cost:     query() is two lookups and, at each end, a clock read.
/// Errors:   the constructor throws registration_error, and has then registered nothing; nothing else throws.
/// Lifetime: shorter than that of the registry.
struct database_metrics {
    template <some_clock Clock = steady_clock>
    explicit database_metrics(registry& metrics,
                              Clock clock = {},
                              std::source_location where = std::source_location::current())
        : database_metrics(metrics.add(std::tie(db_query_duration,
                                                db_query_errors_total,
                                                db_connections_active,
                                                db_connections_max,
                                                db_connection_errors_total),
                                       where),
                           clock)
    {}

    [[nodiscard]] observed_query query(std::string_view operation, std::string_view table) noexcept
    {
        return {query_duration.with(operation, table), query_errors.with(operation, table), clock_};
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

private:
    using added = std::
        tuple<family_of<db_query_duration>&, family_of<db_query_errors_total>&, gauge&, gauge&, counter&>;

    database_metrics(added const& all, chosen_clock clock)
        : query_duration(std::get<0>(all)), query_errors(std::get<1>(all)),
          connections_active(std::get<2>(all)), connections_max(std::get<3>(all)),
          connection_errors(std::get<4>(all)), clock_(clock)
    {
        connections_max.set(std::numeric_limits<double>::quiet_NaN());
    }

    chosen_clock clock_;
};

}  // namespace iafmetrics::inline v0::standard
