// SPDX-License-Identifier: Apache-2.0
// process_details: what Linux tells about this process beyond the standard set.
#pragma once

#include <iafmetrics/collector.hpp>
#include <iafmetrics/detail/proc.hpp>

#include <sys/resource.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0::collectors {

/// CPU time by mode, page faults, context switches, I/O, kinds of resident memory, network traffic. Opt-in, beside
/// collectors::process.
///
///     registry.add(iafmetrics::collectors::process_details{});
///
/// Names are those of VictoriaMetrics' client where it has one. What cannot be read is left out: a hardened container
/// hides /proc/self/io.
///
/// Cost: one system call and three reads from /proc per scrape.
class process_details {
public:
    static constexpr bool never_waits = true;

    void operator()(collector_output& out) const
    {
        show_usage(out);
        show_memory(out, detail::read_file("/proc/self/status"));
        show_io(out, detail::read_file("/proc/self/io"));
        show_network(out, detail::read_file("/proc/self/net/netstat"));
    }

private:
    static void show_usage(collector_output& out)
    {
        ::rusage used{};
        if (::getrusage(RUSAGE_SELF, &used) != 0) return;
        out.counter("process_cpu_seconds_user_total", "Total user CPU time spent in seconds.",
                    seconds(used.ru_utime));
        out.counter("process_cpu_seconds_system_total", "Total system CPU time spent in seconds.",
                    seconds(used.ru_stime));
        out.counter("process_major_pagefaults_total", "Page faults that had to read from a disk.",
                    used.ru_majflt);
        out.counter("process_minor_pagefaults_total", "Page faults that had not.", used.ru_minflt);
        out.begin_counter(
            "process_context_switches_total",
            "Context switches of all threads: to wait (voluntary) or because their time was over.");
        out.value({{"type", "voluntary"}}, used.ru_nvcsw);
        out.value({{"type", "involuntary"}}, used.ru_nivcsw);
    }

    static void show_memory(collector_output& out, std::string_view status)
    {
        gauge_of_kibibytes(out, status, "\nVmHWM:", "process_resident_memory_peak_bytes",
                           "Most resident memory so far in bytes.");
        gauge_of_kibibytes(out, status, "\nRssAnon:", "process_resident_memory_anon_bytes",
                           "Resident anonymous memory in bytes: heap and stacks.");
        gauge_of_kibibytes(out, status, "\nRssFile:", "process_resident_memory_file_bytes",
                           "Resident mapped files in bytes.");
        gauge_of_kibibytes(out, status, "\nRssShmem:", "process_resident_memory_shared_bytes",
                           "Resident shared memory in bytes.");
    }

    static void show_io(collector_output& out, std::string const& file)
    {
        std::string const io = "\n" + file;
        counter_of(out, io, "\nrchar:", "process_io_read_bytes_total", "Bytes read by system calls.");
        counter_of(out, io, "\nwchar:", "process_io_written_bytes_total", "Bytes written by system calls.");
        counter_of(out, io, "\nsyscr:", "process_io_read_syscalls_total", "System calls that read.");
        counter_of(out, io, "\nsyscw:", "process_io_write_syscalls_total", "System calls that wrote.");
        counter_of(out, io, "\nread_bytes:", "process_io_storage_read_bytes_total",
                   "Bytes fetched from storage.");
        counter_of(out, io, "\nwrite_bytes:", "process_io_storage_written_bytes_total",
                   "Bytes sent to storage.");
    }

    static void show_network(collector_output& out, std::string_view netstat)
    {
        constexpr std::string_view of_all = " by all processes of its network namespace, since that began.";
        if (auto const in = detail::netstat_value(netstat, "IpExt:", "InOctets"))
            out.counter("process_network_receive_bytes_total", "Bytes received" + std::string(of_all), *in);
        if (auto const sent = detail::netstat_value(netstat, "IpExt:", "OutOctets"))
            out.counter("process_network_transmit_bytes_total", "Bytes sent" + std::string(of_all), *sent);
    }

    static double seconds(::timeval const& time)
    {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    }

    static void counter_of(collector_output& out,
                           std::string_view text,
                           std::string_view key,
                           std::string_view name,
                           std::string_view help)
    {
        if (auto const value = detail::number_after(text, key)) out.counter(name, help, *value);
    }

    static void gauge_of_kibibytes(collector_output& out,
                                   std::string_view text,
                                   std::string_view key,
                                   std::string_view name,
                                   std::string_view help)
    {
        if (auto const kibibytes = detail::number_after(text, key)) out.gauge(name, help, *kibibytes * 1024);
    }
};

}  // namespace iafmetrics::inline v0::collectors
