// SPDX-License-Identifier: Apache-2.0
// A directory of a test's own, removed at its end.
#pragma once

#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <string>

namespace test {

class temporary_directory {
public:
    temporary_directory()
    {
        std::string name = (std::filesystem::temp_directory_path() / "iafmetrics_test.XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    temporary_directory(temporary_directory const&) = delete;
    temporary_directory& operator=(temporary_directory const&) = delete;
    ~temporary_directory() { std::filesystem::remove_all(path_); }

    std::string path(std::string const& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

}  // namespace test
