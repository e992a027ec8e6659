// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <program/json_line.hpp>
#include <program/log.hpp>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

// A log into a temporary file, and what stands in it.
class captured {
public:
    explicit captured(program::log_level least = program::log_level::info) : log("test", least, fileno(file_))
    {}
    ~captured() { std::fclose(file_); }

    std::vector<std::string> lines() const
    {
        std::rewind(file_);
        std::vector<std::string> all(1);
        for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) {
            if (c == '\n')
                all.emplace_back();
            else
                all.back() += static_cast<char>(c);
        }
        all.pop_back();
        return all;
    }

private:
    std::FILE* file_ = std::tmpfile();

public:
    program::log log;
};

std::string json(std::string_view text)
{
    std::string out;
    program::append_json_string(out, text);
    return out;
}

}  // namespace

TEST_CASE("log: a line has time and level and component and message and the fields in their order")
{
    captured c;
    c.log.info("listening",
               {{"address", "127.0.0.1"}, {"port", std::uint16_t{8080}}, {"tls", false}, {"load", 0.5}});
    REQUIRE(c.lines().size() == 1);
    std::string const line = c.lines()[0];
    CHECK(line.substr(0, 9) == R"({"time":")");
    CHECK(line[19] == 'T');
    CHECK(line[28] == '.');
    CHECK(line[32] == 'Z');
    CHECK(line.substr(33) == R"(","level":"info","component":"test","message":"listening",)"
                             R"("address":"127.0.0.1","port":8080,"tls":false,"load":0.5})");
}

TEST_CASE("log: lines below the level are not written")
{
    captured c{program::log_level::warning};
    c.log.debug("a");
    c.log.info("b");
    c.log.warning("c");
    c.log.error("d");
    CHECK(c.lines().size() == 2);
}

TEST_CASE("log: numbers keep their sign and their size")
{
    captured c;
    c.log.info("x", {{"most", std::numeric_limits<std::uint64_t>::max()},
                     {"least", std::numeric_limits<std::int64_t>::min()},
                     {"nan", std::numeric_limits<double>::quiet_NaN()}});
    CHECK(c.lines()[0].find(R"("most":18446744073709551615,"least":-9223372036854775808,"nan":null)") !=
          std::string::npos);
}

TEST_CASE("log: lines of many threads never mix")
{
    captured c;
    std::string const long_text(3000, 'x');
    std::vector<std::thread> threads;
    for (int t = 0; t != 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i != 100; ++i)
                c.log.info(long_text);
        });
    }
    for (auto& t : threads)
        t.join();
    auto const lines = c.lines();
    CHECK(lines.size() == 400);
    for (auto const& line : lines)
        CHECK(line.substr(line.size() - 3) == "x\"}");
}

TEST_CASE("log: a level has a name and only the four names are levels")
{
    CHECK(program::parse_log_level("warning") == program::log_level::warning);
    CHECK(program::to_string(program::log_level::error) == "error");
    CHECK_THROWS_WITH_AS(program::parse_log_level("loud"),
                         "must be debug, info, warning or error, not \"loud\"", std::invalid_argument);
}

TEST_CASE("json line: quotes and backslashes and control characters are escaped")
{
    CHECK(json("a\"b\\c\nd\te\x01\x7f/") == R"("a\"b\\c\nd\te\u0001\u007f/")");
    CHECK(json(std::string_view("\0", 1)) == R"("\u0000")");
}

TEST_CASE("json line: well-formed UTF-8 passes and every other byte becomes the replacement character")
{
    std::string const replaced = "\xEF\xBF\xBD";
    CHECK(json("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80") ==
          "\"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\"");
    CHECK(json("\xFF") == '"' + replaced + '"');
    CHECK(json("\xC3") == '"' + replaced + '"');
    CHECK(json("\xC0\xAF") == '"' + replaced + replaced + '"');                 // overlong
    CHECK(json("\xED\xA0\x80") == '"' + replaced + replaced + replaced + '"');  // surrogate
    CHECK(json("\xF4\x90\x80\x80").size() == 2 + 4 * replaced.size());          // beyond U+10FFFF
    CHECK(json("\xE2\x82\"") == '"' + replaced + replaced + "\\\"\"");          // cut short by a quote
}
