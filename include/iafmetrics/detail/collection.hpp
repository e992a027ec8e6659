// SPDX-License-Identifier: Apache-2.0
// collection: the callbacks and collectors of one page, asked in a thread that the page can leave behind.
#pragma once

#include <iafmetrics/collector.hpp>
#include <iafmetrics/detail/ask.hpp>
#include <iafmetrics/detail/cell_store.hpp>
#include <iafmetrics/detail/intrusive_ptr.hpp>
#include <iafmetrics/detail/page_source.hpp>
#include <iafmetrics/detail/recorded_families.hpp>
#include <iafmetrics/detail/refused_series.hpp>
#include <iafmetrics/detail/shared_names.hpp>
#include <iafmetrics/detail/text_set.hpp>
#include <iafmetrics/steady_clock.hpp>
#include <iafmetrics/visit_deadline.hpp>
#include <iafmetrics/visitor.hpp>

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::detail {

/// Whoever makes the page starts it, waits until all have answered or the deadline is over, and shows what was recorded:
/// an answer is shown whole or not at all. A call that is not over then goes on in its thread, is the last that this
/// makes, and what it gives is lost.
///
/// Threads:  one asks, one waits. What both write is under the structure lock; an answer is the asking thread's until it
///           is marked as given, and the waiting one's from then on. The asking thread owns, with this, all that it
///           reads: sources, names, counts.
/// Cost:     about 25 us for the thread, and a copy of what the sources give.
/// Ordering: sources are asked in the order of the page, but those that took more than a quarter of the time when they
///           were asked last after all others: one that is always too slow costs those behind it one page.
/// fork():   in a child that a source forked, the asking thread is the only one: _exit(0) ends it behind the call. In another
///           child neither thread is there: nobody waits for one.
class collection final : public reference_counted {
public:
    /// Under the structure lock.
    collection(std::vector<source_group> const& sources,
               intrusive_ptr<shared_names> taken,
               visit_deadline until,
               intrusive_ptr<source_counts> counts,
               cell_store& home)
        : until_(until), asked_until_(until.earlier_by(time_to_show(until))), taken_(std::move(taken)),
          counts_(std::move(counts)), home_(home), groups_(sources.size())
    {
        for (std::size_t i = 0; i != sources.size(); ++i) {
            groups_[i].sources = sources[i];
            for (kept_source const& one : sources[i])
                groups_[i].is_slow = groups_[i].is_slow || one.source->is_slow();
        }
        ::pthread_condattr_t by_steady_clock;
        ::pthread_condattr_init(&by_steady_clock);
        ::pthread_condattr_setclock(&by_steady_clock, CLOCK_MONOTONIC);
        ::pthread_cond_init(&is_over_, &by_steady_clock);
        ::pthread_condattr_destroy(&by_steady_clock);
    }
    ~collection() override { ::pthread_cond_destroy(&is_over_); }

    /// False where the system has no thread for it: then nobody was asked.
    [[nodiscard]] bool start() noexcept
    {
        add_reference();  // the thread's
        auto const run = [](void* self) -> void* {
            auto* const started = static_cast<collection*>(self);
            started->ask_all();
            started->release_reference();
            return nullptr;
        };
        if (::pthread_create(&thread_, nullptr, run, this) == 0) return true;
        release_reference();
        return false;
    }

    /// Once. False where a call was left behind.
    [[nodiscard]] bool wait() noexcept
    {
        std::unique_lock lock(home_.structure);
        while (!has_ended_ && !until_.is_over())
            wait_a_while();
        for (group const& one : groups_)
            if (!one.has_answered) counts_->left_out.fetch_add(one.sources.size(), std::memory_order_relaxed);
        if (has_ended_) return true;
        is_left_behind_ = true;
        if (running_ != nullptr) running_->leave_behind(home_);
        return false;
    }

    /// After wait(), once: what hangs does not keep the answers of others.
    void show(visitor& out, refused_series& refused)
    {
        for (group& one : groups_) {
            if (!one.has_answered) continue;
            one.shown.show(out);
            one.shown.clear();
            refused.add(one.refused);
        }
    }

    /// Under the structure lock: left behind and over, or of a process that forked this one.
    [[nodiscard]] bool is_over() const noexcept
    {
        return (is_left_behind_ && has_ended_) || !is_of_this_process();
    }

    /// Returns when the thread has ended; at once in that thread itself and in a forked child.
    void join() noexcept
    {
        if (!is_of_this_process()) return;
        if (::pthread_equal(thread_, ::pthread_self()) != 0)
            ::pthread_detach(thread_);
        else
            ::pthread_join(thread_, nullptr);
    }

private:
    struct group {
        source_group sources;
        bool is_slow = false;
        recorded_families shown;
        refused_series refused;
        bool has_answered = false;
    };

    /// Those who are asked get a tenth of the time less, 100 ms at most: who stops at the deadline that he sees is shown.
    [[nodiscard]] static std::int64_t time_to_show(visit_deadline const& until) noexcept
    {
        constexpr std::int64_t most = 100'000'000;
        std::int64_t const tenth = until.nanoseconds_left() / 10;
        return tenth < most ? tenth : most;
    }

    /// A clock that is not the system's is looked at every millisecond.
    void wait_a_while() noexcept
    {
        constexpr std::int64_t second = 1'000'000'000;
        std::int64_t const left =
            until_.clock() == chosen_clock(steady_clock()) ? until_.nanoseconds_left() : second / 1000;
        std::int64_t const at = steady_clock::now().time_since_epoch().count() + left;
        ::timespec const then{.tv_sec = at / second, .tv_nsec = at % second};
        ::pthread_cond_timedwait(&is_over_, home_.structure.native_handle(), &then);
    }

    [[nodiscard]] bool is_of_this_process() const noexcept
    {
        return generation_ == home_.generation.load(std::memory_order_relaxed);
    }

    void ask_all() noexcept
    {
        for (bool const are_slow : {false, true})
            for (group& one : groups_)
                if (one.is_slow == are_slow) ask_group(one);
        if (!is_of_this_process()) ::_exit(0);  // there is nobody to go back to
        if (end_in_time()) return;
        for (group& one : groups_)
            one.sources.clear();  // who ended itself in its call is destroyed here
        std::lock_guard const lock(home_.structure);
        has_ended_ = true;
    }
    [[nodiscard]] bool end_in_time() noexcept
    {
        std::lock_guard const lock(home_.structure);
        if (is_left_behind_) return false;
        has_ended_ = true;
        ::pthread_cond_signal(&is_over_);
        return true;
    }

    void ask_group(group& one) noexcept
    {
        collector_output sink(one.shown, taken_->names, shown_, asked_until_);
        for (kept_source const& next : one.sources) {
            if (!begin(*next.source)) return;
            std::int64_t const left = asked_until_.nanoseconds_left();
            try {
                ask(*next.source, sink, *counts_, [] { return false; });
            } catch (...) {  // no memory to tell what was refused
                counts_->errors.fetch_add(1, std::memory_order_relaxed);
            }
            if (!end(*next.source, left - asked_until_.nanoseconds_left() > time_ / 4)) return;
        }
        one.refused = std::move(sink.refused());
        std::lock_guard const lock(home_.structure);
        if (!is_left_behind_) one.has_answered = true;  // else it is read without the lock
    }

    [[nodiscard]] bool begin(page_source& source) noexcept
    {
        if (asked_until_.is_over() || !is_of_this_process()) return false;
        std::lock_guard const lock(home_.structure);
        if (is_left_behind_) return false;
        running_ = &source;
        return true;
    }
    [[nodiscard]] bool end(page_source& source, bool was_slow) noexcept
    {
        if (!is_of_this_process()) return false;
        std::lock_guard const lock(home_.structure);
        running_ = nullptr;
        if (is_left_behind_)
            source.come_back();
        else
            source.be_slow(was_slow);
        return !is_left_behind_;
    }

    visit_deadline const until_;
    visit_deadline const asked_until_;
    std::int64_t const time_ = asked_until_.nanoseconds_left();
    intrusive_ptr<shared_names> const taken_;
    text_set shown_;  // names, by the sources asked before
    intrusive_ptr<source_counts> counts_;
    cell_store& home_;
    std::uint32_t const generation_ = home_.generation.load(std::memory_order_relaxed);
    std::vector<group> groups_;  // in the order of the page
    ::pthread_cond_t is_over_;
    ::pthread_t thread_{};
    page_source* running_ = nullptr;
    bool has_ended_ = false;
    bool is_left_behind_ = false;
};

}  // namespace iafmetrics::inline v0::detail
