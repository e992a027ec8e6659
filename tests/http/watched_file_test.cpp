// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/http/detail/watched_file.hpp>

#include <doctest/doctest.h>

#include "../integration/temporary_directory.hpp"
#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

using iafmetrics::http::detail::whole_file;

TEST_CASE("whole_file: nobody waits for the other end of what is no regular file")
{
    test::temporary_directory const here;
    std::string const fifo = here.path("fifo");
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    for (std::string const& path : {fifo, here.path("")})
        CHECK_THROWS_WITH_AS((void)whole_file(path),
                             ("cannot read " + path + ": it is no regular file").c_str(), std::runtime_error);
}

TEST_CASE("whole_file: what is written while it is read is not taken")
{
    test::temporary_directory const here;
    std::string const path = here.path("changes");
    std::ofstream(path) << std::string(1'000'000, 'x');
    CHECK(whole_file(path).size() == 1'000'000);
    std::atomic<bool> is_seen{false};
    std::jthread const writer([&] {
        for (long i = 0; !is_seen; ++i) {
            std::array<::timespec, 2> const times{{{.tv_sec = i, .tv_nsec = 0}, {.tv_sec = i, .tv_nsec = 0}}};
            (void)::utimensat(AT_FDCWD, path.c_str(), times.data(), 0);
        }
    });
    auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!is_seen && std::chrono::steady_clock::now() < until) {
        try {
            (void)whole_file(path);
        } catch (std::system_error const& error) {
            CHECK(error.code() == std::errc::text_file_busy);
            is_seen = true;
        }
    }
    CHECK(is_seen.exchange(true));
}
