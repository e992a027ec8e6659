// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/textfile.hpp>
#include <iafmetrics/iafmetrics.hpp>

#include <doctest/doctest.h>

#include "../integration/temporary_directory.hpp"
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>

using iafmetrics::exposition::textfile_options;
using iafmetrics::exposition::write_textfile;

namespace {

constexpr iafmetrics::gauge_spec<"part"> rows{"batch_rows", "Rows.", iafmetrics::series_limit{5'000}};

std::string content(std::string const& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The names in a directory, dot files too.
std::size_t files_in(std::filesystem::path const& directory)
{
    auto const files = std::filesystem::directory_iterator(directory);
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

}  // namespace

TEST_CASE("write_textfile: the file has the page, and who reads it may be another user")
{
    test::temporary_directory const directory;
    std::string const path = directory.path("nightly.prom");
    iafmetrics::registry registry;
    registry.add(rows).with("a").set(7);

    ::mode_t const before = ::umask(077);
    CHECK(write_textfile(registry, path));
    ::umask(before);
    CHECK(content(path) == iafmetrics::exposition::text(registry));
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0644);

    registry.add(rows).with("a").set(8);
    CHECK(write_textfile(registry, path, {.is_synced = false, .mode = 0640}));
    CHECK(content(path) == iafmetrics::exposition::text(registry));
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0640);
    CHECK(files_in(directory.path("")) == 1);
}

TEST_CASE("write_textfile: a failure names path and reason, and leaves the old file and nothing beside it")
{
    test::temporary_directory const directory;
    iafmetrics::registry registry;
    registry.add(rows).with("a").set(7);

    std::string const nowhere = directory.path("none/nightly.prom");
    auto const missing = write_textfile(registry, nowhere);
    CHECK_FALSE(missing);
    CHECK(missing.message == "cannot write metrics to " + nowhere + ": No such file or directory");

    std::filesystem::create_directory(directory.path("folder.prom"));
    CHECK(write_textfile(registry, directory.path("folder.prom")).error == std::errc::is_a_directory);
    CHECK(files_in(directory.path("")) == 1);

    // The page breaks off in the middle, as on a full disk.
    std::string const path = directory.path("nightly.prom");
    REQUIRE(write_textfile(registry, path));
    std::string const old = content(path);
    for (int i = 0; i != 5'000; ++i)
        registry.add(rows).with(i).set(i);
    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
    auto const handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit const small{70'000, limit.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    auto const cut = write_textfile(registry, path);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    std::signal(SIGXFSZ, handler);
    CHECK(cut.message == "cannot write metrics to " + path + ": File too large");
    CHECK(content(path) == old);
    CHECK(files_in(directory.path("")) == 2);
}

TEST_CASE("write_textfile: a name that node-exporter does not read is refused")
{
    iafmetrics::registry const registry;
    CHECK_THROWS_WITH_AS(
        (void)write_textfile(registry, "/tmp/nightly.txt"),
        "cannot write metrics to /tmp/nightly.txt: node-exporter reads files whose names end in "
        ".prom alone",
        std::invalid_argument);
}

TEST_CASE("write_textfile: a collector that throws loses its own metrics, and not the file")
{
    test::temporary_directory const directory;
    iafmetrics::registry registry;
    registry.add([](iafmetrics::collector_output&) { throw std::runtime_error("gone"); });
    CHECK(write_textfile(registry, directory.path("a.prom")));
    CHECK(files_in(directory.path("")) == 1);
}

TEST_CASE("write_textfile: who reads while 1,000 writers replace the file sees a whole page every time")
{
    test::temporary_directory const directory;
    std::string const path = directory.path("nightly.prom");
    iafmetrics::registry registry;
    auto& family = registry.add(rows);
    int const series = 2'000;  // 80 KiB: more than one write
    for (int i = 0; i != series; ++i)
        family.with(i).set(0);
    REQUIRE(write_textfile(registry, path));
    std::string const whole = content(path);

    std::atomic<bool> is_over = false;
    std::thread writer([&] {
        for (int round = 1; round <= 1'000; ++round) {
            for (int i : {0, series - 1})
                family.with(i).set(round % 10);
            (void)!write_textfile(registry, path, {.is_synced = false});
        }
        is_over = true;
    });
    int broken = 0;
    int mixed = 0;
    std::size_t const last = whole.size() - 2;  // the digit before the last line's end
    std::size_t const first = whole.find("} ") + 2;
    do {
        std::string const page = content(path);
        broken += page.size() != whole.size() || page.back() != '\n';
        if (broken == 0) mixed += page[first] != page[last];
    } while (!is_over);
    writer.join();
    CHECK(broken == 0);
    CHECK(mixed == 0);
    CHECK(files_in(directory.path("")) == 1);
}
