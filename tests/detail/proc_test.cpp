// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/detail/proc.hpp>

#include <doctest/doctest.h>

using namespace iafmetrics::detail;

TEST_CASE("proc: reads the fields behind a name made of blanks and parentheses")
{
    auto const stat =
        parse_process_stat("42 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 100 23 0 0 20 0 7 0 555 8192 3 99 1 1");
    REQUIRE(stat);
    CHECK(stat->cpu_ticks == 123);
    CHECK(stat->threads == 7);
    CHECK(stat->start_ticks == 555);
    CHECK(stat->virtual_bytes == 8192);
    CHECK(stat->resident_pages == 3);
}

TEST_CASE("proc: answers nothing where the text is cut short")
{
    CHECK(!parse_process_stat(""));
    CHECK(!parse_process_stat("42 (a"));
    CHECK(!parse_process_stat("42 (a) S 1 2 3"));
    CHECK(!number_after("VmRSS: 4 kB\n", "VmData:"));
    CHECK(read_file("/nowhere/at/all").empty());
}

TEST_CASE("proc: finds a value of netstat by its group and key, and nothing in half a file")
{
    std::string_view const text = "TcpExt: SyncookiesSent InOctets\nTcpExt: 1 2\n"
                                  "IpExt: InMcastOctets InOctets OutOctets\nIpExt: 3 4 5\n";
    CHECK(netstat_value(text, "IpExt:", "InOctets") == 4U);
    CHECK(netstat_value(text, "IpExt:", "OutOctets") == 5U);
    CHECK(netstat_value(text, "TcpExt:", "InOctets") == 2U);
    CHECK(!netstat_value(text, "IpExt:", "Octets"));
    CHECK(!netstat_value(text.substr(0, text.size() - 3), "IpExt:", "OutOctets"));
    CHECK(!netstat_value("IpExt: InOctets", "IpExt:", "InOctets"));
    CHECK(!netstat_value("IpExt: InOctets\nIpExt: x\n", "IpExt:", "InOctets"));
    CHECK(!netstat_value("", "IpExt:", "InOctets"));
}
