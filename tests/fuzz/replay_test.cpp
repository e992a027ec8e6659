// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets begin with and what they have found, without a fuzzer.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

// Each is the LLVMFuzzerTestOneInput of a file.
extern "C" {
int accept_fuzz(std::uint8_t const* data, std::size_t size);
#ifdef FUZZ_HEAD
int head_fuzz(std::uint8_t const* data, std::size_t size);
#endif
int names_fuzz(std::uint8_t const* data, std::size_t size);
int traceparent_fuzz(std::uint8_t const* data, std::size_t size);
}

namespace {

/// Returns the number of files. A target throws where something is not so, and the report names the file.
std::size_t replay(int (*target)(std::uint8_t const*, std::size_t), std::filesystem::path const& folder)
{
    std::size_t files = 0;
    if (!std::filesystem::exists(folder)) return files;
    for (auto const& entry : std::filesystem::directory_iterator(folder)) {
        INFO(entry.path().string());
        std::ifstream file(entry.path(), std::ios::binary);
        REQUIRE(file);
        std::string const input{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        CHECK(target(reinterpret_cast<std::uint8_t const*>(input.data()), input.size()) == 0);
        ++files;
    }
    return files;
}

void replay_all(int (*target)(std::uint8_t const*, std::size_t), std::string const& name)
{
    std::filesystem::path const here = FUZZ_FOLDER;
    CHECK(target(nullptr, 0) == 0);
    CHECK(replay(target, here / "corpus" / name) > 0);
    replay(target, here / "crashes" / name);
}

}  // namespace

TEST_CASE("accept_fuzz: seeds and finds pass") { replay_all(accept_fuzz, "accept_fuzz"); }
#ifdef FUZZ_HEAD
TEST_CASE("head_fuzz: seeds and finds pass") { replay_all(head_fuzz, "head_fuzz"); }
#endif
TEST_CASE("names_fuzz: seeds and finds pass") { replay_all(names_fuzz, "names_fuzz"); }
TEST_CASE("traceparent_fuzz: seeds and finds pass") { replay_all(traceparent_fuzz, "traceparent_fuzz"); }
