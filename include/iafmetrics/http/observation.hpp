// SPDX-License-Identifier: Apache-2.0
// observation: one request, from its beginning to its end.
#pragma once

#include <iafmetrics/http/recorder.hpp>
#include <iafmetrics/http/traceparent.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::http {

/// Records one request exactly once, however it ends:
///
///     finish(200)                          the response is written            → status 200
///     finish(200, error)                   its write failed                   → status 200 and a write error
///     destroyed by an exception            no response was begun              → status 500, see give_up()
///     destroyed otherwise                  gone before a response             → status aborted
///     destroyed after begin_response(200)  the write never ended              → status 200 and a write error
///     destroyed after give_up(outcome)     why is known: a deadline, a peer   → that outcome
///
/// The duration ends with the response's last byte, of a stream too; a program that wants the time to its
/// first byte finishes there. A request that turns into something else, such as a WebSocket, ends there with
/// status 101.
///
/// Threads:  one at a time; the request's own.
/// Cost:     a clock read at each end.
/// Errors:   none is thrown.
/// Lifetime: shorter than that of the metrics that made it.
class observation {
public:
    observation(recorder& to, std::size_t method) noexcept : observation(to, to.default_route(), method) {}
    observation(recorder& to, route_table& route, std::size_t method) noexcept
        : recorder_(&to), route_(&route), method_(method), start_(to.options.clock.nanoseconds()),
          exceptions_(std::uncaught_exceptions())
    {
        recorder_->in_flight.increment();
    }
    observation(observation&& other) noexcept
        : recorder_(std::exchange(other.recorder_, nullptr)), route_(other.route_), method_(other.method_),
          start_(other.start_), exceptions_(other.exceptions_), status_(other.status_),
          given_up_(other.given_up_), request_size_(other.request_size_),
          response_size_(other.response_size_), trace_id_(other.trace_id_)
    {}
    observation& operator=(observation&&) = delete;
    ~observation()
    {
        if (recorder_ == nullptr) return;
        bool const has_begun = has_begun_response() && !status_index::is_interim(status_);
        record(has_begun ? status_ : outcome(), has_begun);
    }

    /// The template that the request matched, "/api/v1/sessions/{session}"; never the raw path. Without a
    /// call the route is `unmatched`.
    void route(std::string_view route_template) noexcept
    {
        if (recorder_ != nullptr) route_ = &recorder_->route(route_template);
    }
    void route(route_table& table) noexcept { route_ = &table; }

    /// Bytes of the body, without head and chunk framing: observed with the end of the request, where sizes
    /// are measured. That of a response is observed where its write succeeded.
    void request_size(std::uint64_t bytes) noexcept { request_size_ = bytes; }
    void response_size(std::uint64_t bytes) noexcept { response_size_ = bytes; }

    /// The trace that the request belongs to, by its field `traceparent`, empty where it has none: where it is sampled, the
    /// duration is observed with its trace_id as the exemplar. One that is not valid is left out and counted in
    /// `<stem>_invalid_traceparents_total`: of those that are looked at, which are one in a millisecond at most. Not every
    /// request needs to be asked:
    ///
    ///     if (observed.wants_trace()) observed.trace(header("traceparent"));     // beast/middleware.hpp does it for you
    void trace(std::string_view field) noexcept
    {
        if (recorder_ == nullptr) return;
        auto const found = traceparent::parse(field);
        bool const is_sampled = found && found->is_sampled();
        if (is_sampled) found->trace_id().copy(trace_id_.data(), trace_id_.size());
        if (!found && !field.empty() && recorder_->invalid_traceparents != nullptr)
            recorder_->invalid_traceparents->increment();
        recorder_->looked_for_trace(start_, is_sampled);
    }
    /// One request in 10 ms does; where the last had no sampled trace, one in 1 ms. So there are at most 100 exemplars a
    /// second, of some 1,700 instructions each, whatever the rate of requests: where all are traced, each request costs 5 %
    /// more at 20,000 a second, and six times as much where there are so few that each has one.
    [[nodiscard]] bool wants_trace() const noexcept
    {
        return recorder_ != nullptr && recorder_->wants_trace(start_);
    }

    /// The response's head is known and its write begins. An interim one, such as 100, is none: the request goes on.
    void begin_response(unsigned status) noexcept
    {
        status_ = static_cast<std::uint16_t>(status_index::of(status));
    }

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

    /// How the request has ended unless a response follows: a place in status_index. A coroutine that is cancelled
    /// ends by an exception too, and is no 500:
    ///
    ///     catch (boost::system::system_error const& cancelled) {
    ///         observed.give_up(iafmetrics::http::status_index::timeout);
    ///         throw;
    ///     }
    void give_up(std::size_t outcome) noexcept { given_up_ = static_cast<std::uint16_t>(outcome); }

    /// Records nothing: a scrape, a health check.
    void discard() noexcept
    {
        if (recorder_ != nullptr) std::exchange(recorder_, nullptr)->in_flight.decrement();
    }

protected:
    /// The request has ended like this: a place in status_index.
    void end(std::size_t outcome) noexcept
    {
        if (recorder_ != nullptr) record(outcome, false);
    }

    /// Ends what begin_response() began; without it the status is unknown, and recorded as 500. After an interim
    /// response the request goes on.
    void finish_response(bool has_failed) noexcept
    {
        if (recorder_ == nullptr) return;
        if (status_index::is_interim(status_)) {
            status_ = unknown;
            if (has_failed) give_up(status_index::aborted);
            return;
        }
        record(status_ == unknown ? status_index::of(500) : status_, has_failed);
    }

    [[nodiscard]] bool has_begun_response() const noexcept { return status_ != unknown; }

    [[nodiscard]] bool measures_sizes() const noexcept { return recorder_ != nullptr && route_->has_sizes(); }

private:
    static constexpr std::uint16_t unknown = status_index::size;
    static constexpr std::uint64_t unknown_size = std::numeric_limits<std::uint64_t>::max();

    [[nodiscard]] std::size_t outcome() const noexcept
    {
        if (given_up_ != unknown) return given_up_;
        bool const is_unwinding = std::uncaught_exceptions() > exceptions_;
        return is_unwinding ? recorder_->options.outcome_of_exceptions : status_index::aborted;
    }

    void record(std::size_t status, bool write_has_failed) noexcept
    {
        recorder& to = *std::exchange(recorder_, nullptr);
        double const seconds = static_cast<double>(to.options.clock.nanoseconds() - start_) / 1e9;
        histogram& duration = route_->duration(method_, status);
        if (trace_id_[0] == '\0') [[likely]]
            duration.observe(seconds);
        else
            duration.observe(seconds, {{"trace_id", {trace_id_.data(), trace_id_.size()}}});
        if (route_->has_sizes()) observe_sizes(status, write_has_failed);
        if (write_has_failed && to.write_errors != nullptr) to.write_errors->increment();
        to.in_flight.decrement();
    }

    void observe_sizes(std::size_t status, bool write_has_failed) noexcept
    {
        if (request_size_ != unknown_size)
            route_->request_size(method_, status).observe(static_cast<double>(request_size_));
        if (response_size_ != unknown_size && !write_has_failed)
            route_->response_size(method_, status).observe(static_cast<double>(response_size_));
    }

    recorder* recorder_;  // null: recorded already
    route_table* route_;
    std::size_t method_;
    std::int64_t start_;  // nanoseconds of the clock
    int exceptions_;      // in flight when the request began
    std::uint16_t status_ = unknown;
    std::uint16_t given_up_ = unknown;
    std::uint64_t request_size_ = unknown_size;
    std::uint64_t response_size_ = unknown_size;
    std::array<char, 32> trace_id_{};  // of a sampled trace; else empty
};

}  // namespace iafmetrics::inline v0::http
