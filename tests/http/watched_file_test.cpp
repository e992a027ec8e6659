// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/http/detail/watched_file.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

using iafmetrics::http::detail::whole_file;

namespace {

struct folder {
    folder() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
    folder(folder const&) = delete;
    ~folder() { std::filesystem::remove_all(path.data()); }
    [[nodiscard]] std::string file(char const* name) const { return std::string(path.data()) + "/" + name; }

    std::array<char, 32> path{"/tmp/watched_file_XXXXXX"};
};

}  // namespace

TEST_CASE("whole_file: nobody waits for the other end of what is no regular file")
{
    folder const here;
    std::string const fifo = here.file("fifo");
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    for (std::string const& path : {fifo, std::string(here.path.data())})
        CHECK_THROWS_WITH_AS((void)whole_file(path),
                             ("cannot read " + path + ": it is no regular file").c_str(), std::runtime_error);
}

TEST_CASE("whole_file: what is written while it is read is not taken")
{
    folder const here;
    std::string const path = here.file("changes");
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
