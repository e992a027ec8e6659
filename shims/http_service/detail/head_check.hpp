// SPDX-License-Identifier: Apache-2.0
// What Beast's parser accepts of a header section and a server must not.
#pragma once

#include <http_service/refusals.hpp>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>

#include <optional>
#include <string>

namespace iafmetrics::http_service::detail {

namespace http = boost::beast::http;

// Why a request is not read further; the connection is closed after the answer.
struct refusal {
    http::status status;
    std::string reason;
    refused why = refused::malformed;
};

using head_parser = http::request_parser<http::string_body>;

// RFC 9112 section 2.2: an empty line or two before a request line come from old clients.
void drop_empty_lines(head_parser const& parser, boost::beast::flat_buffer& buffer);

// Takes out of the buffer what it has of a header section. Nothing: parser.is_header_done(), or more must come. Refused is
// also a field that continues on a second line (obs-fold), which parsers between here and the client may read differently.
std::optional<refusal> parse_head(head_parser& parser, boost::beast::flat_buffer& buffer);

// Framing and Host: Transfer-Encoding exactly "chunked", once, on HTTP/1.1, without Content-Length; one
// Content-Length of digits only; Host once on 1.1 and at most once on 1.0; no Expect but 100-continue.
std::optional<refusal> check_head(http::request_header<> const& head);

// What to answer when the parser gave up.
refusal explain(boost::system::error_code error);

}  // namespace iafmetrics::http_service::detail
