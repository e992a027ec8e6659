// SPDX-License-Identifier: Apache-2.0
// held_collector: a collector in a registry, which may be taken out while scrapes run.
#pragma once

#include <iafmetrics/collector.hpp>
#include <iafmetrics/detail/cell_store.hpp>
#include <iafmetrics/detail/registry_scope.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::detail {

/// Threads:  any. retire() returns when no thread is in the collector, but for the calling one.
/// Ordering: begin() and retire() meet under the structure lock: a call that retire() did not see does not begin.
///           The end of a call is a release that the waiting retire() acquires.
/// fork():   the calls under way in other threads are not under way in the child: they are told by their
///           generation, which the child's handler advances.
class held_collector {
public:
    explicit held_collector(registry_scope scope) : scope_(std::move(scope)) {}
    held_collector(held_collector const&) = delete;
    held_collector& operator=(held_collector const&) = delete;
    virtual ~held_collector() = default;

    [[nodiscard]] registry_scope const& scope() const noexcept { return scope_; }

    /// Calls the collector, unless it is retired. What it throws passes.
    void collect(collector_output& out)
    {
        if (!begin()) return;
        call const running(*this);
        call_with(out);
    }

    void retire() noexcept
    {
        {
            std::lock_guard const lock(structure_);
            is_retired_ = true;
        }
        std::uint32_t const own = call::of_this_thread(*this);
        for (std::uint64_t now = running_.load(std::memory_order_acquire); count_of(now) > own;
             now = running_.load(std::memory_order_acquire))
            running_.wait(now, std::memory_order_acquire);
        if (own == 0) destroy();
    }

private:
    /// On the stack of a thread for as long as it is in the collector.
    class call {
    public:
        explicit call(held_collector& callee) noexcept
            : callee_(callee), outer_(std::exchange(innermost, this))
        {}
        call(call const&) = delete;
        call& operator=(call const&) = delete;
        ~call()
        {
            innermost = outer_;
            callee_.end();
        }
        [[nodiscard]] static std::uint32_t of_this_thread(held_collector const& callee) noexcept
        {
            std::uint32_t calls = 0;
            for (call const* c = innermost; c != nullptr; c = c->outer_)
                if (&c->callee_ == &callee) ++calls;
            return calls;
        }

    private:
        // One for all modules: the collector that ends its own registration may be in another one than the scrape.
        IAFMETRICS_SHARED static inline thread_local call* innermost = nullptr;
        held_collector& callee_;
        call* outer_;
    };

    virtual void call_with(collector_output& out) = 0;
    virtual void destroy() noexcept = 0;

    // The generation above, the number of calls below.
    static constexpr unsigned generation_shift = 32;
    [[nodiscard]] static std::uint32_t generation() noexcept
    {
        return local_store.generation.load(std::memory_order_relaxed);
    }
    [[nodiscard]] static std::uint32_t count_of(std::uint64_t running) noexcept
    {
        return running >> generation_shift == generation() ? static_cast<std::uint32_t>(running) : 0;
    }

    [[nodiscard]] bool begin() noexcept
    {
        std::lock_guard const lock(structure_);
        if (is_retired_) return false;
        std::uint64_t now = running_.load(std::memory_order_relaxed);
        while (!running_.compare_exchange_weak(
            now, (std::uint64_t{generation()} << generation_shift) | (std::uint64_t{count_of(now)} + 1),
            std::memory_order_relaxed)) {}
        return true;
    }
    void end() noexcept
    {
        std::uint64_t now = running_.load(std::memory_order_relaxed);
        do {
            if (count_of(now) == 0) return;  // of before a fork
        } while (!running_.compare_exchange_weak(now, now - 1, std::memory_order_release));
        running_.notify_all();
    }

    registry_scope scope_;
    std::mutex& structure_ = local_store.structure;  // held across fork()
    bool is_retired_ = false;
    std::atomic<std::uint64_t> running_{0};
};

template <collector Collector>
class typed_collector final : public held_collector {
public:
    typed_collector(registry_scope scope, Collector held)
        : held_collector(std::move(scope)), collect_(std::move(held))
    {}

private:
    void call_with(collector_output& out) override { std::as_const (*collect_)(out); }
    void destroy() noexcept override { collect_.reset(); }
    std::optional<Collector> collect_;
};

/// Those of one registry, in the order in which they were added.
class collector_list {
public:
    void add(std::shared_ptr<held_collector> added)
    {
        std::lock_guard const lock(structure_);
        all_.push_back(std::move(added));
    }
    void remove(held_collector const& gone) noexcept
    {
        std::shared_ptr<held_collector> last;  // destroyed without the lock
        std::lock_guard const lock(structure_);
        for (auto at = all_.begin(); at != all_.end(); ++at) {
            if (at->get() != &gone) continue;
            last = std::move(*at);
            all_.erase(at);
            return;
        }
    }
    [[nodiscard]] std::vector<std::shared_ptr<held_collector>> all() const
    {
        std::lock_guard const lock(structure_);
        return all_;
    }

private:
    std::mutex& structure_ = local_store.structure;  // held across fork()
    std::vector<std::shared_ptr<held_collector>> all_;
};

}  // namespace iafmetrics::inline v0::detail
