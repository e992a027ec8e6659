// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/collectors/process.hpp>
#include <iafmetrics/collectors/process_details.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/testing/value.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

#include <string>

using iafmetrics::testing::value;

TEST_CASE("process_details: counts what this process does")
{
    iafmetrics::registry r;
    r.add(iafmetrics::collectors::process_details{});
    double const written = value(r, "process_io_written_bytes_total");
    double const writes = value(r, "process_io_write_syscalls_total");
    int const nowhere =
        ::open("/dev/null", O_WRONLY | O_CLOEXEC);  // NOLINT(cppcoreguidelines-pro-type-vararg)
    std::string const text(10'000, 'x');
    CHECK(::write(nowhere, text.data(), text.size()) == 10'000);
    ::close(nowhere);
    CHECK(value(r, "process_io_written_bytes_total") >= written + 10'000);
    CHECK(value(r, "process_io_write_syscalls_total") >= writes + 1);

    double const switches = value(r, "process_context_switches_total", {{"type", "voluntary"}});
    ::usleep(2'000);
    CHECK(value(r, "process_context_switches_total", {{"type", "voluntary"}}) > switches);
}

TEST_CASE("process_details: agrees with the standard set and stands beside it")
{
    iafmetrics::registry r;
    r.add(iafmetrics::collectors::process{});
    r.add(iafmetrics::collectors::process_details{});
    CHECK(value(r, "process_resident_memory_peak_bytes") >= value(r, "process_resident_memory_anon_bytes"));
    CHECK(value(r, "process_resident_memory_file_bytes") > 0);
    CHECK(value(r, "process_minor_pagefaults_total") > 0);
    // The one is counted in ticks of 10 ms, the other in microseconds.
    double const both =
        value(r, "process_cpu_seconds_user_total") + value(r, "process_cpu_seconds_system_total");
    CHECK(both >= value(r, "process_cpu_seconds_total") - 0.05);
    CHECK(value(r, "iafmetrics_collector_errors_total") == 0);
}
