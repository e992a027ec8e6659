// SPDX-License-Identifier: Apache-2.0
// An Authorization field: what is read out of it is what would be written into it.
#include <iafmetrics/beast/detail/base64_text.hpp>
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
    using namespace iafmetrics::beast::detail;
    return base64_text(text, base64_alphabet::standard);
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
