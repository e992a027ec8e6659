// SPDX-License-Identifier: Apache-2.0
// held_function: a function of the program's that a registry calls, and that may be taken out while pages are made.
#pragma once

#include <iafmetrics/detail/cell_store.hpp>
#include <iafmetrics/detail/intrusive_ptr.hpp>
#include <iafmetrics/detail/under_way.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::detail {

/// Threads:  any. retire() returns when no thread is in the function, but for the calling one. No lock is held while
///           the function runs.
/// Ordering: a call that retire() did not see does not begin. What a call did happened before retire() returns. Both by the
///           lock: ended_ only wakes, and is read relaxed. A call that still runs when retire() has the lock takes it later,
///           so that the number which retire() read before is without that call, and its end wakes. The release there
///           is for notify_all(), which in libstdc++ looks for waiters: on ARM it keeps that behind the addition.
/// fork():   calls of other threads are not under way in the child.
///
/// A module that hides its symbols has its own thread_local state: who is in a call is asked and told by virtual
/// functions, which are all of the module that made the object.
class held_function : public reference_counted {
public:
    /// Ends it. Not called any more, and destroyed, but where it ends itself: then by its last owner.
    virtual void retire() noexcept
    {
        std::uint32_t const own = under_way::times_in(this);
        for (;;) {
            std::uint32_t const ended = ended_.load(std::memory_order_relaxed);
            {
                std::lock_guard const lock(structure_);
                is_retired_ = true;
                if (running_.get() <= own) break;
            }
            ended_.wait(ended, std::memory_order_relaxed);
        }
        if (own == 0) destroy();
    }

protected:
    /// For a virtual function of the derived class. What the call throws passes.
    template <class Call>
    void call_unless_retired(Call const& call)
    {
        call_under_way const running(*this);
        if (running.has_begun()) call();
    }

private:
    class call_under_way final : under_way {
    public:
        explicit call_under_way(held_function& callee) noexcept : under_way(&callee), callee_(callee)
        {
            std::lock_guard const lock(callee_.structure_);
            has_begun_ = !callee_.is_retired_;
            if (has_begun_) callee_.running_.increment();
        }
        ~call_under_way()
        {
            if (!has_begun_) return;
            {
                std::lock_guard const lock(callee_.structure_);
                callee_.running_.decrement();
            }
            callee_.ended_.fetch_add(1, std::memory_order_release);
            callee_.ended_.notify_all();
        }
        [[nodiscard]] bool has_begun() const noexcept { return has_begun_; }

    private:
        void count_again() noexcept override
        {
            if (has_begun_) callee_.running_.increment();
        }
        held_function& callee_;
        bool has_begun_;
    };

    virtual void destroy() noexcept = 0;

    std::mutex& structure_ = local_store.structure;  // held across fork()
    bool is_retired_ = false;
    process_count running_;
    std::atomic<std::uint32_t> ended_{0};  // calls
};

/// In the order in which they were added.
template <class Function>
class held_list : public reference_counted {
public:
    /// False, with nothing changed, where `clashes` with one that is there.
    template <class Clashes>
    [[nodiscard]] bool add(intrusive_ptr<Function> added, Clashes const& clashes)
    {
        std::lock_guard const lock(structure_);
        for (auto const& other : all_)
            if (clashes(*other)) return false;
        all_.push_back(std::move(added));
        return true;
    }
    void remove(Function const& gone) noexcept
    {
        intrusive_ptr<Function> last;  // destroyed without the lock
        std::lock_guard const lock(structure_);
        for (auto at = all_.begin(); at != all_.end(); ++at) {
            if (at->get() != &gone) continue;
            last = std::move(*at);
            all_.erase(at);
            return;
        }
    }
    [[nodiscard]] std::vector<intrusive_ptr<Function>> all() const
    {
        std::lock_guard const lock(structure_);
        return all_;
    }

private:
    std::mutex& structure_ = local_store.structure;  // held across fork()
    std::vector<intrusive_ptr<Function>> all_;
};

/// Keeps a function in its list and ends it.
template <class Function>
class held_registration {
public:
    held_registration() noexcept = default;
    held_registration(intrusive_ptr<Function> held, intrusive_ptr<held_list<Function>> list) noexcept
        : held_(std::move(held)), list_(std::move(list))
    {}
    held_registration(held_registration&& other) noexcept = default;
    held_registration& operator=(held_registration&& other) noexcept
    {
        held_registration taken(std::move(other));  // first: it may be this one
        std::swap(held_, taken.held_);
        std::swap(list_, taken.list_);
        return *this;
    }
    ~held_registration() { reset(); }

    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(held_); }

    void reset() noexcept
    {
        if (!held_) return;
        list_->remove(*held_);
        held_->retire();
        held_ = {};
        list_ = {};
    }

private:
    intrusive_ptr<Function> held_;
    intrusive_ptr<held_list<Function>> list_;
};

}  // namespace iafmetrics::inline v0::detail
