// SPDX-License-Identifier: Apache-2.0
// challenge: what a WWW-Authenticate field begins with.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0::http::detail {

/// `Basic realm="metrics"` (RFC 9110, section 11.6.1). Errors: std::invalid_argument for a realm that ends its quotes.
inline std::string challenge(std::string_view scheme, std::string_view realm)
{
    if (realm.find_first_of("\"\\\r\n") != std::string_view::npos)
        throw std::invalid_argument("a realm has neither quotes nor backslashes nor line breaks: " +
                                    std::string(realm));
    return std::string(scheme) + " realm=\"" + std::string(realm) + '"';
}

}  // namespace iafmetrics::inline v0::http::detail
