// SPDX-License-Identifier: Apache-2.0
// What surrounds a repetition: threads on cores of their own, and the knowledge whether they had them.
#pragma once

#include "waiting.hpp"
#include <benchmark/benchmark.h>
#include <sched.h>

#include <chrono>
#include <cstddef>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

/// The cores that this process may use: one of each physical core first, so that two threads share none.
inline std::vector<std::size_t> const& usable_cores()
{
    static std::vector<std::size_t> const cores = [] {
        cpu_set_t allowed;
        CPU_ZERO(&allowed);
        ::sched_getaffinity(0, sizeof allowed, &allowed);
        std::vector<std::size_t> first_ones;
        std::vector<std::size_t> siblings;
        for (std::size_t core = 0; core != CPU_SETSIZE; ++core) {
            if (!CPU_ISSET(core, &allowed)) continue;
            std::ifstream list("/sys/devices/system/cpu/cpu" + std::to_string(core) +
                               "/topology/thread_siblings_list");
            std::size_t first = core;
            list >> first;
            (first == core || !list ? first_ones : siblings).push_back(core);
        }
        first_ones.insert(first_ones.end(), siblings.begin(), siblings.end());
        return first_ones;
    }();
    return cores;
}

/// Keeps the calling thread, and those that it starts meanwhile, on the n-th of the usable cores, where there are so many.
class pinned {
public:
    explicit pinned(std::size_t n)
    {
        ::sched_getaffinity(0, sizeof before_, &before_);
        if (n >= usable_cores().size()) return;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(usable_cores()[n], &one);
        ::sched_setaffinity(0, sizeof one, &one);
    }
    pinned(pinned const&) = delete;
    pinned& operator=(pinned const&) = delete;
    ~pinned() { ::sched_setaffinity(0, sizeof before_, &before_); }

private:
    cpu_set_t before_{};
};

/// For the length of a repetition: where several threads run and there is a core for each, keeps each on its own. Leaves the
/// counter `waited`, the part of the time in which a thread was ready and had no core; none where the kernel does not say.
class repetition {
public:
    using waited_so_far = std::optional<double> (*)();

    explicit repetition(benchmark::State& state, waited_so_far waited = &waiting::of_thread)
        : state_(state), waited_(waited)
    {
        auto const threads = static_cast<std::size_t>(state.threads());
        if (threads > 1 && threads <= usable_cores().size())
            own_core_.emplace(static_cast<std::size_t>(state.thread_index()));
        begin_ = clock::now();
        waited_before_ = waited_();
    }
    repetition(repetition const&) = delete;
    repetition& operator=(repetition const&) = delete;
    ~repetition()
    {
        std::optional<double> const waited = waited_();
        std::chrono::duration<double, std::nano> const took = clock::now() - begin_;
        if (waited && waited_before_)
            state_.counters["waited"] = {(*waited - *waited_before_) / took.count(),
                                         benchmark::Counter::kAvgThreads};
    }

private:
    using clock = std::chrono::steady_clock;

    benchmark::State& state_;
    waited_so_far waited_;
    std::optional<pinned> own_core_;
    clock::time_point begin_;
    std::optional<double> waited_before_;
};
