// SPDX-License-Identifier: Apache-2.0
// The source store on a real directory.
#include <platform/source_store.hpp>

#include <doctest/doctest.h>

#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

using namespace platform;
namespace fs = std::filesystem;

namespace {

class temporary_directory {
public:
    temporary_directory()
    {
        std::string name = (fs::temp_directory_path() / "source_store_test.XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~temporary_directory() { fs::remove_all(path); }
    fs::path path;
};

constexpr auto abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

}  // namespace

TEST_CASE("source store: an archive lies under the SHA-256 of its content and is stored once")
{
    temporary_directory const at;
    source_store store{at.path};
    for (int i = 0; i < 2; ++i) {
        auto const stored = store.put("abc");
        REQUIRE(stored.has_value());
        CHECK(stored->digest == std::string{"sha256:"} + abc);
        CHECK(stored->size == 3);
        CHECK(store.bytes() == 3);
    }
    std::ifstream in{at.path / "sha256" / "ba" / abc};
    CHECK(std::string{std::istreambuf_iterator<char>{in}, {}} == "abc");
    CHECK(fs::is_empty(at.path / "incoming"));
}

TEST_CASE("source store: a restart counts what is there and removes what was left half-written long ago")
{
    temporary_directory const at;
    {
        source_store store{at.path};
        REQUIRE(store.put("abc").has_value());
        REQUIRE(store.put(std::string(1000, 'x')).has_value());
    }
    auto const old = at.path / "incoming" / "old";
    auto const fresh = at.path / "incoming" / "fresh";
    std::ofstream{old} << "half";
    std::ofstream{fresh} << "half";
    fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours{2});
    source_store const store{at.path};
    CHECK(store.bytes() == 1003);
    CHECK(!fs::exists(old));
    CHECK(fs::exists(fresh));
}

TEST_CASE("source store: simultaneous uploads of the same content count once")
{
    temporary_directory const at;
    source_store store{at.path};
    std::vector<std::jthread> uploads;
    for (int i = 0; i < 4; ++i)
        uploads.emplace_back([&store] { (void)store.put(std::string(100'000, 'y')); });
    uploads.clear();
    CHECK(store.bytes() == 100'000);
}

TEST_CASE("source store: an empty archive and a directory that cannot be are refused")
{
    temporary_directory const at;
    source_store store{at.path};
    CHECK(store.put("").error().status == 422);
    std::ofstream{at.path / "file"} << "x";
    CHECK_THROWS_AS(source_store{at.path / "file"}, std::runtime_error);
    fs::remove_all(at.path / "incoming");
    auto const refused = store.put("new");
    CHECK(refused.error().status == 507);
    CHECK(refused.error().reason == "the source store cannot take the archive: No such file or directory");
    CHECK(store.bytes() == 0);
}
