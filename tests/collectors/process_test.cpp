// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/collectors/process.hpp>
#include <iafmetrics/exposition/text.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>

namespace {

double value_of(iafmetrics::registry const& r, std::string const& name)
{
    std::string const page = "\n" + iafmetrics::exposition::text(r);
    std::size_t const at = page.find("\n" + name + " ");
    REQUIRE_MESSAGE(at != std::string::npos, name);
    return std::strtod(page.c_str() + at + name.size() + 2, nullptr);
}

}  // namespace

TEST_CASE("process: shows plausible values under the standard names")
{
    iafmetrics::registry r;
    r.add(iafmetrics::collectors::process{});
    double const now =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    CHECK(value_of(r, "process_start_time_seconds") < now + 2);
    CHECK(value_of(r, "process_start_time_seconds") > now - 3600);
    CHECK(value_of(r, "process_threads") >= 1);
    CHECK(value_of(r, "process_resident_memory_bytes") > 1e6);
    CHECK(value_of(r, "process_virtual_memory_bytes") >= value_of(r, "process_resident_memory_bytes"));
    CHECK(value_of(r, "process_heap_bytes") > 0);
    CHECK(value_of(r, "process_max_fds") >= value_of(r, "process_open_fds"));
    CHECK(value_of(r, "process_cpu_seconds_total") >= 0);
}

TEST_CASE("process: counts exactly the descriptors that are open")
{
    iafmetrics::registry r;
    r.add(iafmetrics::collectors::process{});
    double const before = value_of(r, "process_open_fds");
    int const file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);  // NOLINT(cppcoreguidelines-pro-type-vararg)
    CHECK(value_of(r, "process_open_fds") == before + 1);
    ::close(file);
    CHECK(value_of(r, "process_open_fds") == before);
}
