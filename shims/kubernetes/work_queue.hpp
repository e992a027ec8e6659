// SPDX-License-Identifier: Apache-2.0
// work_queue: keys of objects to look at, each at most once at a time.
#pragma once

#include <kubernetes/object_key.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>

namespace iafmetrics::kubernetes {

struct work_queue_options {
    std::chrono::milliseconds backoff_base{5};  ///< the first retry's delay; each further one doubles
    std::chrono::milliseconds backoff_limit{1'000'000};
};

/// The queue between events and workers.
///
///     while (auto key = co_await queue.get()) {
///         if (co_await reconcile(*key)) queue.forget(*key);
///         else queue.add_rate_limited(*key);
///         queue.done(*key);
///     }
///
/// A key that is added twice waits once. A key that is added while a worker has it waits until done(), so
/// that one key is never in two hands and no event is lost.
///
/// Threads:  all members on the executor (an io_context run by one thread, or a strand).
/// Lifetime: outlives the coroutines that wait in get().
class work_queue {
public:
    using duration = std::chrono::milliseconds;

    explicit work_queue(boost::asio::any_io_executor executor, work_queue_options options = {});

    void add(object_key const& key);
    /// Adds it when `delay` has passed; the earliest of several wins.
    void add_after(object_key const& key, duration delay);
    /// Adds it after a delay that doubles with each call since the last forget().
    void add_rate_limited(object_key const& key);
    /// The key is well: its next failure starts at the first delay again.
    void forget(object_key const& key);
    [[nodiscard]] int failures(object_key const& key) const;

    /// The next key, which the caller hands back with done(); nothing once shut down.
    boost::asio::awaitable<std::optional<object_key>> get();
    void done(object_key const& key);

    /// Wakes all who wait in get() with nothing; what still waits is dropped.
    void shut_down();

    [[nodiscard]] std::size_t depth() const { return queue_.size(); }
    [[nodiscard]] std::size_t processing() const { return processing_.size(); }

private:
    using clock = std::chrono::steady_clock;

    void push(object_key const& key);
    void arm();

    work_queue_options const options_;
    std::deque<object_key> queue_;  // in order, those of dirty_ that nobody has
    std::set<object_key> dirty_;    // to be looked at
    std::set<object_key> processing_;
    std::map<object_key, int> failures_;
    std::map<object_key, clock::time_point> later_;
    boost::asio::steady_timer ready_;  // expires never; cancelled to wake a waiter
    boost::asio::steady_timer delay_;
    bool shut_down_ = false;
};

}  // namespace iafmetrics::kubernetes
