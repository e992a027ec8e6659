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
int authorization_fuzz(std::uint8_t const* data, std::size_t size);
int accept_encoding_fuzz(std::uint8_t const* data, std::size_t size);
int name_filter_fuzz(std::uint8_t const* data, std::size_t size);
int web_config_fuzz(std::uint8_t const* data, std::size_t size);
#if defined(HAS_HTTP_SERVICE)
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
TEST_CASE("authorization_fuzz: seeds and finds pass")
{
    replay_all(authorization_fuzz, "authorization_fuzz");
}
TEST_CASE("name_filter_fuzz: seeds and finds pass") { replay_all(name_filter_fuzz, "name_filter_fuzz"); }
#if defined(HAS_BEAST)
TEST_CASE("accept_encoding_fuzz: seeds and finds pass")
{
    replay_all(accept_encoding_fuzz, "accept_encoding_fuzz");
}
#endif
#if defined(HAS_WEB_CONFIG)
TEST_CASE("web_config_fuzz: seeds and finds pass") { replay_all(web_config_fuzz, "web_config_fuzz"); }
#endif
#if defined(HAS_HTTP_SERVICE)
TEST_CASE("head_fuzz: seeds and finds pass") { replay_all(head_fuzz, "head_fuzz"); }
#endif
TEST_CASE("names_fuzz: seeds and finds pass") { replay_all(names_fuzz, "names_fuzz"); }
TEST_CASE("traceparent_fuzz: seeds and finds pass") { replay_all(traceparent_fuzz, "traceparent_fuzz"); }
