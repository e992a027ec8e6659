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

/// By the compiler: a request looks no name up.
[[nodiscard]] consteval std::size_t place_of(std::string_view method) { return http::method_index(method); }

template <class Fields>
[[nodiscard]] std::size_t method_index(boost::beast::http::header<true, Fields> const& request) noexcept
{
    using boost::beast::http::verb;
    switch (request.method()) {
    case verb::get: return place_of("GET");
    case verb::post: return place_of("POST");
    case verb::put: return place_of("PUT");
    case verb::delete_: return place_of("DELETE");
    case verb::patch: return place_of("PATCH");
    case verb::head: return place_of("HEAD");
    case verb::options: return place_of("OPTIONS");
    default: return http::method_index(to_text(request.method_string()));
    }
}

}  // namespace iafmetrics::inline v0::beast::detail
