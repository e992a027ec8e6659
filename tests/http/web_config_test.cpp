// SPDX-License-Identifier: Apache-2.0
// One table of web config files, read by ours and by promtool.
#include <iafmetrics/http/watched_web_config.hpp>
#include <iafmetrics/http/web_config.hpp>

#include <doctest/doctest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;
using iafmetrics::http::client_auth;
using iafmetrics::http::tls_version;
using iafmetrics::http::watched_web_config;
using iafmetrics::http::web_config;

namespace {

struct folder {
    folder()
    {
        std::filesystem::create_directory(path);
        std::string const make = "cd " + path.string() +
                                 " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
                                 " -subj /CN=localhost -days 1 -keyout tls.key -out tls.crt 2>openssl.log";
        REQUIRE(std::system(make.c_str()) == 0);
    }
    folder(folder const&) = delete;
    folder& operator=(folder const&) = delete;
    ~folder() { std::filesystem::remove_all(path); }

    std::string write(std::string const& name, std::string const& text) const
    {
        std::ofstream(path / (name + ".new")) << text;
        std::filesystem::rename(path / (name + ".new"), path / name);
        return (path / name).string();
    }

    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("web_config_test." + std::to_string(::getpid()));
};

std::string refusal(std::string const& text)
{
    try {
        (void)web_config::parse(text, "/etc/web.yml");
    } catch (std::runtime_error const& error) {
        return error.what();
    }
    return "read";
}

/// Whether promtool takes each of them, by their names.
std::map<std::string, bool> by_promtool(std::filesystem::path const& folder,
                                        std::vector<std::string> const& names)
{
    std::string command = "cd " + folder.string() + " && promtool check web-config";
    for (std::string const& name : names)
        command += " " + name;
    command += " 2>&1";
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> const pipe(::popen(command.c_str(), "r"), ::pclose);
    REQUIRE(pipe != nullptr);
    std::map<std::string, bool> verdicts;
    char line[1024];
    while (std::fgets(line, sizeof line, pipe.get()) != nullptr) {
        std::string_view const said(line);
        auto const end = said.find(' ');
        if (said.find(" SUCCESS") == end && end != std::string_view::npos)
            verdicts[std::string(said.substr(0, end))] = true;
        if (said.find(" FAILED") == end && end != std::string_view::npos)
            verdicts[std::string(said.substr(0, end))] = false;
    }
    return verdicts;
}

constexpr char const* tls = "tls_server_config:\n  cert_file: tls.crt\n  key_file: tls.key\n";
constexpr char const* hash = "$2y$10$of5xv8bIlufaecIQP38j.ereVAq5etc5EiK.dooXc1n1nvfWsswSe";

struct file {
    std::string text;
    bool is_good;
    char const* differs = nullptr;  // why promtool of Debian 12 thinks otherwise
};

std::vector<file> const table{
    {"", true},
    {"{}\n", true},
    {"# nothing\n", true},
    {tls, true},
    {"tls_server_config: {}\n", true},
    {"tls_server_config:\n", true},
    {"tls_server_config:\n  min_version: TLS12\n", true},
    {std::string(tls) + "  min_version: TLS13\n  max_version: TLS13\n", true},
    {std::string(tls) + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: tls.crt\n", true},
    {std::string(tls) + "  client_auth_type: RequireClientCert\n", true},
    {std::string(tls) + "  client_auth_type: NoClientCert\n", true},
    {std::string(tls) + "  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n", true},
    {std::string(tls) + "  curve_preferences: [X25519, CurveP256]\n", true},
    {std::string(tls) + "  prefer_server_cipher_suites: false\n", true},
    {"http_server_config:\n  http2: yes\n", true},
    {"http_server_config:\n  http2: off\n", true},
    {"http_server_config:\n  headers:\n    X-Frame-Options: sameorigin\n    X-XSS-Protection: 1\n", true},
    {"http_server_config:\n  headers:\n", true},
    {"basic_auth_users:\n", true},
    {"basic_auth_users:\n  ann: " + std::string(hash) + "\n", true},
    {"basic_auth_users: {ann: '" + std::string(hash) + "', \"ben\": " + hash + "}\n", true},

    {"[1, 2]\n", false},
    {"text\n", false},
    {",#", false},
    {"a: b: c\n", false},
    {"nonsense: 1\n", false},
    {"tls_server_config:\n  nonsense: 1\n", false},
    {"tls_server_config: [1]\n", false},
    {"tls_server_config:\n  cert_file: tls.crt\n", false},
    {"tls_server_config:\n  key_file: tls.key\n", false},
    {"tls_server_config:\n  client_auth_type: RequireAnyClientCert\n", false},
    {std::string(tls) + "  client_auth_type: Nonsense\n", false},
    {std::string(tls) + "  client_auth_type: requireanyclientcert\n", false},
    {std::string(tls) + "  client_ca_file: tls.crt\n", false},
    {std::string(tls) + "  min_version: TLS9\n", false},
    {std::string(tls) + "  cipher_suites: [TLS_NONSENSE]\n", false},
    {std::string(tls) + "  cipher_suites: TLS_AES_128_GCM_SHA256\n", false},
    {std::string(tls) + "  curve_preferences: [CurveP999]\n", false},
    {std::string(tls) + "  prefer_server_cipher_suites: 1\n", false},
    {std::string(tls) + "  cert_file: tls.crt\n", false},
    {"http_server_config:\n  http2: maybe\n", false},
    {"http_server_config:\n  nonsense: 1\n", false},
    {"http_server_config:\n  headers:\n    X-Frame-Options: DENY\n", false},
    {"http_server_config:\n  headers:\n    X-Content-Type-Options: sniff\n", false},
    {"http_server_config:\n  headers:\n    Server: mine\n", false},
    {"http_server_config:\n  headers: [a]\n", false},
    {"basic_auth_users:\n  ann: s3cret\n", false},
    {"basic_auth_users:\n  ann: 1\n", false},
    {"basic_auth_users:\n  ann:\n", false},
    {"basic_auth_users:\n  ann: [a]\n", false},
    {"basic_auth_users:\n  ann: $2y$03$of5xv8bIlufaecIQP38j.ereVAq5etc5EiK.dooXc1n1nvfWsswSe\n", false},
    {"basic_auth_users:\n  ann: " + std::string(hash) + "\n  ann: " + hash + "\n", false},
    {"basic_auth_users: {}\nbasic_auth_users: {}\n", false},

    {"rate_limit:\n  interval: 1s\n  burst: 5\n", true, "a key of 2025"},
    {std::string(tls) + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: tls.crt\n"
                        "  client_allowed_sans: [shop.example]\n",
     true, "a key of 2023"},
    {std::string(tls) + "  client_auth_type: RequireAnyClientCert\n  client_allowed_sans: [shop.example]\n",
     false},
    {std::string(tls) + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: tls.crt\n"
                        "  client_allowed_sans: []\n",
     false},
    {std::string(tls) + "  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA]\n", false, "no AEAD"},
    {std::string(tls) + "  cipher_suites: [TLS_RSA_WITH_AES_128_GCM_SHA256]\n", false, "no forward secrecy"},
    {"tls_server_config:\n  <<: {cert_file: tls.crt, key_file: tls.key}\n", false, "a merge key"},
    {"basic_auth_users:\n  ann: $2x$10$of5xv8bIlufaecIQP38j.ereVAq5etc5EiK.dooXc1n1nvfWsswSe\n", false,
     "a version of bcrypt with a flaw"},
    {"basic_auth_users:\n  ann: $2$10$of5xv8bIlufaecIQP38j.ereVAq5etc5EiK.dooXc1n1nvfWsswSe\n", false,
     "a version of bcrypt with a flaw"},
    {std::string(tls) + "  min_version: TLS10\n", false, "TLS 1.0 is broken"},
    {std::string(tls) + "  min_version: TLS13\n  max_version: TLS12\n", false, "no version is left"},
    {"basic_auth_users:\n  ann: $2y$31$of5xv8bIlufaecIQP38j.ereVAq5etc5EiK.dooXc1n1nvfWsswSe\n", false,
     "a request would take a day"},
    {"basic_auth_users:\n  a:b: " + std::string(hash) + "\n", false, "a name that nobody can show"},
    {"basic_auth_users:\n  ann: " + std::string(hash) + "=\n", false, "60 letters are a hash"},
    {"http_server_config:\n  headers:\n    Content-Security-Policy: \"a\\nb\"\n", false,
     "a header of two lines"},
    {"{}\n---\n{}\n", false, "the second would be dropped silently"},
};

}  // namespace

TEST_CASE(
    "web_config: what promtool takes is read, and what it refuses is refused, but for named differences")
{
    folder const here;
    std::vector<std::string> names;
    for (std::size_t i = 0; i != table.size(); ++i) {
        names.push_back("file" + std::to_string(i) + ".yml");
        here.write(names.back(), table[i].text);
    }
    auto const verdicts = by_promtool(here.path, names);
    for (std::size_t i = 0; i != table.size(); ++i) {
        CAPTURE(table[i].text);
        REQUIRE(verdicts.contains(names[i]));
        CHECK(verdicts.at(names[i]) == (table[i].is_good != (table[i].differs != nullptr)));
        CHECK((refusal(table[i].text) == "read") == table[i].is_good);
    }
}

TEST_CASE("web_config: all examples are read, and promtool takes them")
{
    folder const here;
    std::vector<std::string> names;
    for (auto const& one : std::filesystem::directory_iterator(EXAMPLES)) {
        names.push_back(one.path().filename().string());
        std::filesystem::copy_file(one.path(), here.path / names.back());
    }
    CHECK(names.size() >= 4);
    auto const verdicts = by_promtool(here.path, names);
    for (std::string const& name : names) {
        CAPTURE(name);
        CHECK_NOTHROW((void)web_config::read((here.path / name).string()));
        CHECK(verdicts.at(name));
    }
}

TEST_CASE("web_config: says what a file says, with paths relative to it")
{
    auto const config =
        web_config::parse(std::string(tls) +
                              "  client_auth_type: RequireAndVerifyClientCert\n  client_ca: PEM\n"
                              "  client_allowed_sans: [a.example, 10.0.0.1]\n"
                              "  cipher_suites: [TLS_AES_128_GCM_SHA256]\n  curve_preferences: [X25519]\n"
                              "  min_version: TLS13\n  prefer_server_cipher_suites: false\n"
                              "http_server_config:\n  headers: {X-Frame-Options: deny}\n"
                              "basic_auth_users: {ann: " +
                              std::string(hash) + "}\nrate_limit: {interval: 1.5s, burst: 7}\n",
                          "/etc/shop/web.yml");
    REQUIRE(config.tls);
    CHECK(config.tls->certificate.file == "/etc/shop/tls.crt");
    CHECK(config.tls->key.file == "/etc/shop/tls.key");
    CHECK(config.tls->client_ca.text == "PEM");
    CHECK(config.tls->client_auth == client_auth::require_and_verify_client_cert);
    CHECK(config.tls->client_allowed_sans == std::vector<std::string>{"a.example", "10.0.0.1"});
    CHECK(config.tls->min_version == tls_version::tls13);
    CHECK(!config.tls->prefer_server_cipher_suites);
    REQUIRE(config.headers.size() == 1);
    CHECK(config.headers.front().second == "deny");
    REQUIRE(config.users.size() == 1);
    CHECK(config.users.front().hash == hash);
    CHECK(config.rate_limit.interval == 1500ms);
    CHECK(config.rate_limit.burst == 7);
    CHECK(!web_config::parse("tls_server_config: {min_version: TLS13}", "web.yml").tls);
    auto const bare = web_config::parse("tls_server_config: {cert_file: a, key_file: /b}", "web.yml");
    CHECK(bare.tls->certificate.file == "a");
    CHECK(bare.tls->key.file == "/b");
}

TEST_CASE("web_config: a refusal names the file, the line, the key and the reason")
{
    CHECK(refusal("tls_server_config: {}\nnonsense: 1\n") ==
          "/etc/web.yml:2: nonsense: is not a key of a web config file");
    CHECK(refusal("http_server_config:\n  headers:\n    Server: mine\n") ==
          "/etc/web.yml:3: Server: is not a key of headers");
    CHECK(refusal(std::string(tls) + "  min_version: TLS11\n") ==
          "/etc/web.yml:4: min_version: TLS11 is broken; TLS12 and TLS13 are served");
    CHECK(refusal(std::string(tls) +
                  "  client_auth_type: RequireAnyClientCert\n  client_allowed_sans: [a]\n") ==
          "/etc/web.yml:2: tls_server_config: client_allowed_sans needs client_auth_type "
          "RequireAndVerifyClientCert: anybody can write a name in a certificate that is not verified");
    CHECK(refusal("basic_auth_users:\n  ann: s3cret\n")
              .starts_with(
                  "/etc/web.yml:2: basic_auth_users: the password of user \"ann\" is not a bcrypt hash"));
    CHECK(refusal("basic_auth_users:\n  ann: s3cret\n").find("s3cret") == std::string::npos);
    CHECK(refusal("rate_limit: {interval: 5}\n") ==
          "/etc/web.yml:1: interval: is not a duration such as 100ms, 1s or 1m: \"5\"");
    CHECK(refusal("rate_limit: {interval: 1s}\n") ==
          "/etc/web.yml:1: rate_limit: a burst below 1 would let nothing pass");
    CHECK(refusal("rate_limit: {burst: x}\n") == "/etc/web.yml:1: burst: is not a whole number: \"x\"");
    CHECK(refusal("a: [\n").starts_with("/etc/web.yml:"));
    CHECK_THROWS_WITH((void)web_config::read("/nowhere/web.yml"),
                      "cannot read /nowhere/web.yml: No such file or directory");
}

TEST_CASE("watched_web_config: a new version is used, a broken one keeps the one before and says why")
{
    folder const here;
    auto const path = here.write("web.yml", "rate_limit: {interval: 1s, burst: 1}\n");
    watched_web_config watched(path);
    CHECK(!watched.refresh());
    here.write("web.yml", "rate_limit: {interval: 2s, burst: 1}\n");
    CHECK(watched.refresh());
    CHECK(watched.now()->rate_limit.interval == 2s);
    here.write("web.yml", "rate_limit: {intervall: 3s}\n");
    CHECK(watched.refresh());
    CHECK(!watched.refresh());
    CHECK(watched.now()->rate_limit.interval == 2s);
    CHECK(watched.error() == path + ":1: intervall: is not a key of rate_limit");
    std::filesystem::remove(path);
    CHECK(watched.refresh());
    CHECK(watched.now()->rate_limit.interval == 2s);
    here.write("web.yml", "rate_limit: {interval: 4s, burst: 1}\n");
    CHECK(watched.refresh());
    CHECK(watched.error().empty());
    CHECK(watched.now()->rate_limit.interval == 4s);
}

#if !defined(__SANITIZE_ADDRESS__)  // beside it UBSan asks by a pipe whether memory may be read
TEST_CASE(
    "watched_web_config: a version that could not be read, out of descriptors, is read at the next look")
{
    folder const here;
    auto const path = here.write("web.yml", "rate_limit: {interval: 1s, burst: 1}\n");
    watched_web_config watched(path);
    here.write("web.yml", "rate_limit: {interval: 2s, burst: 1}\n");
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit const none{0, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    bool const has_failed = watched.refresh();
    bool const is_told_again = watched.refresh();
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(has_failed);
    CHECK(!is_told_again);
    CHECK(watched.now()->rate_limit.interval == 1s);
    CHECK(watched.error() == "cannot read " + path + ": Too many open files");
    CHECK(watched.refresh());
    CHECK(watched.now()->rate_limit.interval == 2s);
    CHECK(watched.error().empty());
}
#endif
