// SPDX-License-Identifier: Apache-2.0
// answers: what the handlers share: parameters in, JSON out.
#pragma once

#include <http_service/request.hpp>
#include <http_service/response.hpp>

#include <boost/json/value.hpp>

#include "store.hpp"
#include "target.hpp"

#include <string>
#include <string_view>

namespace localkube {

using iafmetrics::http_service::request;
using iafmetrics::http_service::response;

[[nodiscard]] response answer_json(int code, boost::json::value const& value);
[[nodiscard]] response answer(refusal const& why);
/// 200 with the object, or the refusal.
[[nodiscard]] response answer(outcome<snapshot> const& result, int code = 200);

/// A query parameter; empty where it is absent.
[[nodiscard]] std::string parameter(request const& r, std::string_view name);
/// A query parameter that is "true" or "1".
[[nodiscard]] bool is_set(request const& r, std::string_view name);

/// The body as an object of JSON.
[[nodiscard]] outcome<boost::json::object> body_of(request const& r);

/// Who writes what, from the parameters and the User-Agent.
[[nodiscard]] outcome<write_options> write_options_of(request const& r, target const& t);

}  // namespace localkube
