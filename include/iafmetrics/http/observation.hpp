// SPDX-License-Identifier: Apache-2.0
// observation: one request, from its arrival to the end of its response.
#pragma once

#include <iafmetrics/http/recorder.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <string_view>
#include <utility>

namespace iafmetrics::http {

/// Records one request exactly once, however it ends:
///
///     finish(200)                          the response is written            → status 200
///     finish(200, error)                   its write failed                   → status 200 and a write error
///     destroyed by an exception            no response was begun              → status 500
///     destroyed otherwise                  gone before a response             → status aborted
///     destroyed after begin_response(200)  the write never ended              → status 200 and a write error
///
/// Threads:  one at a time; the request's own.
/// Cost:     a clock read at each end.
/// Errors:   none is thrown.
/// Lifetime: shorter than that of the request_metrics that made it.
class observation {
public:
    using clock = std::chrono::steady_clock;

    observation(recorder& to, std::size_t method) noexcept
        : recorder_(&to), route_(&to.unmatched), method_(method), start_(clock::now()),
          exceptions_(std::uncaught_exceptions())
    {
        recorder_->in_flight.increment();
    }
    observation(observation&& other) noexcept
        : recorder_(std::exchange(other.recorder_, nullptr)), route_(other.route_), method_(other.method_),
          start_(other.start_), exceptions_(other.exceptions_), status_(other.status_)
    {}
    observation& operator=(observation&&) = delete;
    ~observation()
    {
        if (recorder_ == nullptr) return;
        bool const has_begun_response = status_ != no_status;
        bool const is_unwinding = std::uncaught_exceptions() > exceptions_;
        if (!has_begun_response) status_ = is_unwinding ? status_index::of(500) : status_index::aborted;
        record(status_, has_begun_response);
    }

    /// The template that the request matched, "/api/v1/sessions/{session}"; never the raw path. Without a
    /// call the route is `unmatched`.
    void route(std::string_view route_template) noexcept
    {
        if (recorder_ != nullptr) route_ = &recorder_->route(route_template);
    }
    void route(route_table& table) noexcept { route_ = &table; }

    /// The response's head is known and its write begins.
    void begin_response(unsigned status) noexcept { status_ = status_index::of(status); }

    /// The request has ended: its response of this status is written, or its write failed with `error`.
    void finish(unsigned status) noexcept
    {
        if (recorder_ != nullptr) record(status_index::of(status), false);
    }
    template <class Error>
    void finish(unsigned status, Error const& error) noexcept
    {
        if (recorder_ != nullptr) record(status_index::of(status), static_cast<bool>(error));
    }

    /// Records nothing: a scrape, a health check.
    void discard() noexcept
    {
        if (recorder_ != nullptr) std::exchange(recorder_, nullptr)->in_flight.decrement();
    }

protected:
    /// Ends what begin_response() began; without it the status is unknown, and recorded as 500.
    void finish_response(bool has_failed) noexcept
    {
        if (recorder_ == nullptr) return;
        record(status_ == no_status ? status_index::of(500) : status_, has_failed);
    }

private:
    static constexpr std::size_t no_status = status_index::size;

    void record(std::size_t status, bool write_has_failed) noexcept
    {
        auto const seconds = std::chrono::duration<double>(clock::now() - start_).count();
        recorder& to = *std::exchange(recorder_, nullptr);
        route_->duration(method_, status).observe(seconds);
        if (write_has_failed) to.write_errors.increment();
        to.in_flight.decrement();
    }

    recorder* recorder_;  // null: recorded already
    route_table* route_;
    std::size_t method_;
    clock::time_point start_;
    int exceptions_;  // in flight when the request began
    std::size_t status_ = no_status;
};

}  // namespace iafmetrics::http
