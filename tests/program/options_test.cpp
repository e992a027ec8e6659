// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <program/options.hpp>

#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct settings {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;
    int delay = 5;
    program::options options{"apiserver", "Serves IAF's REST API."};

    settings()
    {
        ::unsetenv("IAF_TEST_ADDRESS");
        ::unsetenv("IAF_TEST_PORT");
        options.add("address", "IAF_TEST_ADDRESS", address, "address of the API")
            .add("port", "IAF_TEST_PORT", port, "port of the API")
            .add("delay", "", delay, "milliseconds", 0, 1000);
    }

    bool parse(std::initializer_list<char const*> arguments) const
    {
        std::vector<char const*> all{"apiserver"};
        all.insert(all.end(), arguments);
        return options.parse(static_cast<int>(all.size()), all.data());
    }

    std::string refusal(std::initializer_list<char const*> arguments) const
    {
        try {
            parse(arguments);
        } catch (program::usage_error const& e) {
            return e.what();
        }
        return "accepted";
    }
};

}  // namespace

TEST_CASE("options: without flags and variables the defaults stay")
{
    settings s;
    CHECK(s.parse({}));
    CHECK(s.address == "127.0.0.1");
    CHECK(s.port == 8080);
}

TEST_CASE("options: a flag wins over its variable and a variable over the default")
{
    settings s;
    ::setenv("IAF_TEST_PORT", "1111", 1);
    ::setenv("IAF_TEST_ADDRESS", "0.0.0.0", 1);
    CHECK(s.parse({"--port", "2222"}));
    CHECK(s.port == 2222);
    CHECK(s.address == "0.0.0.0");
}

TEST_CASE("options: a variable that is set to nothing counts as not set")
{
    settings s;
    ::setenv("IAF_TEST_PORT", "", 1);
    CHECK(s.parse({}));
    CHECK(s.port == 8080);
}

TEST_CASE("options: a value may follow an equals sign and may contain one")
{
    settings s;
    CHECK(s.parse({"--port=99", "--address=a=b"}));
    CHECK(s.port == 99);
    CHECK(s.address == "a=b");
}

TEST_CASE("options: numbers are taken whole and within their range")
{
    settings s;
    for (char const* wrong :
         {"x", "-1", "65536", "80 ", " 80", "80x", "0x50", "99999999999999999999", "1e3"}) {
        CAPTURE(wrong);
        CHECK(s.refusal({"--port", wrong}) ==
              "--port: must be a number from 0 to 65535, not \"" + std::string(wrong) + '"');
    }
    CHECK(s.refusal({"--delay", "1001"}) == "--delay: must be a number from 0 to 1000, not \"1001\"");
    CHECK(s.port == 8080);
}

TEST_CASE("options: a wrong value of a variable names the variable")
{
    settings s;
    ::setenv("IAF_TEST_PORT", "http", 1);
    CHECK(s.refusal({}) == "IAF_TEST_PORT: must be a number from 0 to 65535, not \"http\"");
}

TEST_CASE("options: unknown flags and stray arguments and abbreviations are refused by name")
{
    settings s;
    CHECK(s.refusal({"--prot", "80"}).find("'--prot'") != std::string::npos);
    CHECK(s.refusal({"--por", "80"}).find("'--por'") != std::string::npos);
    CHECK(s.refusal({"--port"}).find("'--port'") != std::string::npos);
    CHECK(s.refusal({"--port", "1", "--port", "2"}).find("'--port'") != std::string::npos);
    CHECK(s.refusal({"serve"}) == "unexpected argument \"serve\"");
    CHECK(s.refusal({"--no\nsuch"}).find('\n') == std::string::npos);
}

TEST_CASE("options: help lists every flag with its variable and its default")
{
    settings s;
    CHECK_FALSE(s.parse({"--help"}));
    std::ostringstream out;
    s.options.help(out);
    std::string const text = out.str();
    CHECK(text.find("--port VALUE") != std::string::npos);
    CHECK(text.find("[IAF_TEST_PORT]") != std::string::npos);
    CHECK(text.find("(default 8080)") != std::string::npos);
    CHECK(text.find("--help") != std::string::npos);
}
