// SPDX-License-Identifier: Apache-2.0
// process: the process_* metrics that every Prometheus client shows, read from /proc on Linux.
#pragma once

#include <iafmetrics/collector.hpp>
#include <iafmetrics/detail/proc.hpp>

#include <cstdint>
#include <optional>

namespace iafmetrics::inline v0::collectors {

/// CPU time, memory, file descriptors, threads and start time of this process.
///
///     registry.add(iafmetrics::collectors::process{});
///
/// Names and meanings are those of Prometheus' guide for client libraries. What cannot be read is left out.
/// Cost: four reads from /proc per scrape. A thread that asks for a page under a deadline (registry::visit) is one of the
///       threads it counts.
class process {
public:
    static constexpr bool never_waits = true;

    /// Reads the start time once: the kernel derives it from a clock that is set, and a moved start reads as
    /// a restart.
    process() : start_(start_time()) {}

    void operator()(collector_output& out) const
    {
        if (auto const stat = detail::read_process_stat()) {
            out.counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
                        static_cast<double>(stat->cpu_ticks) / detail::ticks_per_second());
            out.gauge("process_threads", "Number of OS threads in this process.", stat->threads);
            out.gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", stat->virtual_bytes);
            out.gauge("process_resident_memory_bytes", "Resident memory size in bytes.",
                      stat->resident_pages * detail::page_size());
        }
        if (auto const limit = detail::address_space_limit())
            out.gauge("process_virtual_memory_max_bytes",
                      "Maximum amount of virtual memory available in bytes.", *limit);
        if (auto const heap = detail::data_segment_bytes())
            out.gauge("process_heap_bytes", "Process heap size in bytes.", *heap);
        if (auto const open = detail::open_file_descriptors())
            out.gauge("process_open_fds", "Number of open file descriptors.", *open);
        if (auto const limit = detail::file_descriptor_limit())
            out.gauge("process_max_fds", "Maximum number of open file descriptors.", *limit);
        if (start_)
            out.gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
                      *start_);
    }

private:
    static std::optional<double> start_time()
    {
        auto const stat = detail::read_process_stat();
        auto const boot = detail::boot_time();
        if (!stat || !boot) return std::nullopt;
        return static_cast<double>(*boot) +
               static_cast<double>(stat->start_ticks) / detail::ticks_per_second();
    }

    std::optional<double> start_;
};

}  // namespace iafmetrics::inline v0::collectors
