// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/http/bearer_token.hpp>

#include <doctest/doctest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

using iafmetrics::http::access;
using iafmetrics::http::authorizer;
using iafmetrics::http::bearer_token;

namespace {

struct token_file {
    token_file() { std::filesystem::create_directory(folder); }
    token_file(token_file const&) = delete;
    token_file& operator=(token_file const&) = delete;
    ~token_file() { std::filesystem::remove_all(folder); }

    /// As Kubernetes renews a secret: another file takes its place.
    void write(std::string const& text) const
    {
        std::ofstream(path + ".new") << text;
        std::filesystem::rename(path + ".new", path);
    }

    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("bearer_token_test." + std::to_string(::getpid()));
    std::string path = (folder / "token").string();
};

}  // namespace

TEST_CASE("bearer_token: each of its tokens passes, and no other, nor another scheme")
{
    bearer_token const tokens{"old.token", "new-token=="};
    CHECK(tokens("Bearer old.token") == access::allowed);
    CHECK(tokens("bearer new-token==") == access::allowed);
    for (char const* field :
         {"", "Bearer old.toke", "Bearer old.token2", "Bearer new-token", "Basic old.token", "old.token"}) {
        CAPTURE(field);
        CHECK(tokens(field) == access::unauthorized);
    }
    CHECK(authorizer(tokens).at_once("Bearer old.token") == access::allowed);
    CHECK(authorizer(tokens).challenge() == R"(Bearer realm="metrics")");
    CHECK(bearer_token({"a"}, "api").challenge() == R"(Bearer realm="api")");
    CHECK_THROWS_AS(bearer_token({"a"}, "a\"b"), std::invalid_argument);
}

TEST_CASE("bearer_token: what is no token is refused when it is made")
{
    CHECK_THROWS_AS(bearer_token({}), std::invalid_argument);
    CHECK_THROWS_AS(bearer_token({""}), std::invalid_argument);
    CHECK_THROWS_AS(bearer_token({"two words"}), std::invalid_argument);
    CHECK_THROWS_WITH((void)bearer_token::from_file("/nowhere/token"),
                      "cannot read /nowhere/token: No such file or directory");
}

TEST_CASE("bearer_token: a file is read again when it has changed, and one that is broken changes nothing")
{
    token_file const file;
    file.write("first\n\n");
    auto const tokens = bearer_token::from_file(file.path);
    CHECK(tokens("Bearer first") == access::allowed);
    file.write("first\r\n second \n");
    CHECK(tokens("Bearer second") == access::allowed);
    CHECK(tokens("Bearer first") == access::allowed);
    file.write("second");
    CHECK(tokens("Bearer first") == access::unauthorized);
    for (char const* broken : {"", "\n\n", "no token\n"}) {
        file.write(broken);
        CHECK(tokens("Bearer second") == access::allowed);
    }
    std::filesystem::remove(file.path);
    CHECK(tokens("Bearer second") == access::allowed);
    file.write("third");
    CHECK(tokens("Bearer third") == access::allowed);
    CHECK(tokens("Bearer second") == access::unauthorized);
}

#if !defined(__SANITIZE_ADDRESS__)  // beside it UBSan asks by a pipe whether memory may be read
TEST_CASE(
    "bearer_token: a file that could not be read, out of descriptors, is read when there are some again")
{
    token_file const file;
    file.write("first");
    auto const tokens = bearer_token::from_file(file.path);
    file.write("second");
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit const none{0, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    auto const while_there_are_none = tokens("Bearer first");
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(while_there_are_none == access::allowed);
    CHECK(tokens("Bearer second") == access::allowed);
    CHECK(tokens("Bearer first") == access::unauthorized);
}
#endif
