// SPDX-License-Identifier: Apache-2.0
// What Beast's parser accepts of a header section and a server must not.
#pragma once

#include <http_service/refusals.hpp>

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/system/error_code.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace iafmetrics::http_service::detail {

namespace http = boost::beast::http;

// Why a request is not read further; the connection is closed after the answer.
struct refusal {
    http::status status;
    std::string reason;
    refused why = refused::malformed;
};

// True when `bytes`, part of a header section, continue a field on a second line (obs-fold), which parsers
// between here and the client may read differently.
bool is_folded(std::string_view bytes);

// Framing and Host: Transfer-Encoding exactly "chunked", once, on HTTP/1.1, without Content-Length; one
// Content-Length of digits only; Host once on 1.1 and at most once on 1.0; no Expect but 100-continue.
std::optional<refusal> check_head(http::request_header<> const& head);

// What to answer when the parser gave up.
refusal explain(boost::system::error_code error);

}  // namespace iafmetrics::http_service::detail
