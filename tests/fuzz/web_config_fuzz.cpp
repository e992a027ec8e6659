// SPDX-License-Identifier: Apache-2.0
// A web config file: read or refused with a message that names it, and what is read keeps the rules.
// Compiled with: -lyaml-cpp, -lcrypt
#include <iafmetrics/http/web_config.hpp>

#include "require.hpp"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

using namespace iafmetrics::http;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string const text(reinterpret_cast<char const*>(data), size);
    try {
        auto const read = web_config::parse(text, "/etc/web.yml");
        if (read.tls) {
            require(!read.tls->certificate.empty() && !read.tls->key.empty(),
                    "TLS has a certificate and a key");
            require(read.tls->min_version <= read.tls->max_version, "a version of TLS is left");
        }
        for (auto const& [name, hash] : read.users)
            require(basic_auth::flaw_of(hash).empty() && name.find(':') == std::string::npos,
                    "users can show a password");
        for (auto const& [name, value] : read.headers)
            require(value.find_first_of("\r\n") == std::string::npos, "a header's value is one line");
        if (read.rate_limit.interval.count() != 0)
            require(read.rate_limit.burst > 0, "a limit lets something pass");
    } catch (std::runtime_error const& error) {
        require(std::string(error.what()).starts_with("/etc/web.yml:"), "a refusal names the file");
    }
    return 0;
}
