// SPDX-License-Identifier: Apache-2.0
// An Authorization field: what is read out of it is what would be written into it.
#include <iafmetrics/http/authorization.hpp>

#include "require.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace iafmetrics::http;

namespace {

std::string encoded(std::string_view text)
{
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (; !text.empty(); text.remove_prefix(text.size() < 3 ? text.size() : 3)) {
        unsigned bits = 0;
        for (std::size_t i = 0; i != 3; ++i)
            bits = bits << 8U | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
        for (std::size_t i = 0; i != 4; ++i)
            out += i > text.size() ? '=' : digits[bits >> (18 - 6 * i) & 63U];
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const field(reinterpret_cast<char const*>(data), size);
    auto const basic = basic_credentials::parse(field);
    auto const bearer = parse_bearer(field);
    require(!basic || !bearer, "a field has one scheme");
    if (basic) {
        require(basic->user.find(':') == std::string::npos, "a name ends at the first colon");
        std::string const text = basic->user + ':' + basic->password;
        require(field.find(encoded(text)) != std::string_view::npos, "credentials have one spelling");
        for (char const c : text)
            require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F,
                    "credentials have no control characters");
    }
    if (bearer) {
        require(!bearer->empty() && field.find(*bearer) != std::string_view::npos,
                "a token is a part of the field");
        require(bearer->find_first_of(" ,;\"\r\n") == std::string_view::npos, "a token has no separators");
    }
    // Any bytes as credentials: read back, unless they have what no credentials have.
    auto const again = basic_credentials::parse("Basic " + encoded(field));
    if (again) require(again->user + ':' + again->password == field, "credentials come back");
    return 0;
}
