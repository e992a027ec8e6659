// SPDX-License-Identifier: Apache-2.0
// What the tests of this folder share: hostile texts, and other people's readers as programs.
#pragma once

#include <doctest/doctest.h>

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

/// A label value or help text as a program may pass it, and as a reader shall see it.
struct hostile {
    std::string given;
    std::string read;
};

inline std::vector<hostile> hostile_texts()
{
    std::string const bad = "\xEF\xBF\xBD";
    std::vector<hostile> all;
    for (char const* text : {"plain",
                             "\"",
                             "\\",
                             "\n",
                             "\\n",
                             "\\\"",
                             "\\\\",
                             "\"\n\\",
                             "a\\",
                             "trailing\\\\",
                             "}",
                             "{}",
                             ",",
                             "a=\"b\",c=\"d\"",
                             "# HELP x y",
                             "\n# TYPE x counter\nx 1\n",
                             "\t",
                             "\r",
                             "\r\n",
                             " ",
                             "  two  ",
                             "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80",
                             "\xE2\x80\xA8",
                             "\x7F",
                             "\x01\x02",
                             "\x0B\x0C\x1C",
                             "%s%n",
                             "$(id)"})
        all.push_back({text, text});
    all.push_back({"", ""});
    all.push_back({std::string("a\0b", 3), std::string("a\0b", 3)});
    all.push_back({"\xC2\x85", "\xC2\x85"});
    all.push_back({"\xFF", bad});
    all.push_back({"a\xC3", "a" + bad});
    all.push_back({"\xE2\x82x", bad + bad + "x"});
    all.push_back({"\xED\xA0\x80", bad + bad + bad});
    all.push_back({"\xC0\xAF", bad + bad});
    all.push_back({std::string(100'000, '"'), std::string(100'000, '"')});
    return all;
}

inline std::string hex(std::string_view text)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (char const c : text) {
        out += digits[static_cast<unsigned char>(c) >> 4U];
        out += digits[static_cast<unsigned char>(c) & 15U];
    }
    return out.empty() ? "-" : out;
}

inline std::string run(std::string const& command)
{
    std::string out;
    FILE* const pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    char piece[65536];
    for (std::size_t n = 0; (n = std::fread(piece, 1, sizeof piece, pipe)) != 0;)
        out.append(piece, n);
    int const status = ::pclose(pipe);
    REQUIRE_MESSAGE(status == 0, command, ": ", out);
    return out;
}

struct temporary_file {
    static inline int count = 0;
    std::filesystem::path path =
        std::filesystem::temp_directory_path() /
        ("iafmetrics-page-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    explicit temporary_file(std::string_view text) { std::ofstream(path, std::ios::binary) << text; }
    temporary_file(temporary_file const&) = delete;
    temporary_file& operator=(temporary_file const&) = delete;
    ~temporary_file() { std::filesystem::remove(path); }
};

inline std::set<std::string> lines_of(std::string const& text)
{
    std::set<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        lines.insert(line);
    return lines;
}

inline std::string hex_of(double value)
{
    // Python's float.hex() of the values used here
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    char text[64];
    std::snprintf(text, sizeof text, "%.13a", value);
    return value == 0 ? (std::signbit(value) ? "-0x0.0p+0" : "0x0.0p+0") : text;
}
