// SPDX-License-Identifier: Apache-2.0
// From what access says of a request to what a guard does with it.
#pragma once

#include <iafmetrics/http/access.hpp>

#include <http_service/guard.hpp>

#include <boost/beast/http/message.hpp>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace iafmetrics::http_service::detail {

// Null: error_response.
using render_error = std::function<response(http::status, std::string_view reason)>;

// Whether everybody may ask for this path; a query does not count.
bool is_open(std::span<std::string const> open_paths, http::request_header<> const& head);

// None where it may pass.
std::optional<turned_away> turn_away(iafmetrics::http::access said,
                                     iafmetrics::http::authorizer const& asked,
                                     render_error const& render);

}  // namespace iafmetrics::http_service::detail
