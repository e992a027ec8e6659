// SPDX-License-Identifier: Apache-2.0
// method: Beast's verbs as places in http::known_methods.
#pragma once

#include <iafmetrics/http/method.hpp>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/verb.hpp>

#include <cstddef>
#include <string_view>

namespace iafmetrics::inline v0::beast::detail {

template <class Text>
[[nodiscard]] std::string_view to_text(Text const& text) noexcept
{
    return {text.data(), text.size()};
}

template <class Fields>
[[nodiscard]] std::size_t method_index(boost::beast::http::header<true, Fields> const& request) noexcept
{
    using boost::beast::http::verb;
    switch (request.method()) {
    case verb::get: return http::method_index("GET");
    case verb::post: return http::method_index("POST");
    case verb::put: return http::method_index("PUT");
    case verb::delete_: return http::method_index("DELETE");
    case verb::patch: return http::method_index("PATCH");
    case verb::head: return http::method_index("HEAD");
    case verb::options: return http::method_index("OPTIONS");
    default: return http::method_index(to_text(request.method_string()));
    }
}

}  // namespace iafmetrics::inline v0::beast::detail
