// SPDX-License-Identifier: Apache-2.0
// head_check: the library's check of a header section, in the server's words.
#pragma once

#include <iafmetrics/beast/detail/head_check.hpp>

#include <http_service/detail/unreserved_body.hpp>
#include <http_service/refusals.hpp>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/system/error_code.hpp>

#include <optional>
#include <string>
#include <utility>

namespace iafmetrics::http_service::detail {

namespace http = boost::beast::http;

// Why a request is not read further; the connection is closed after the answer.
struct refusal {
    http::status status;
    std::string reason;
    refused why = refused::malformed;
};

using head_parser = http::request_parser<unreserved_body>;

inline refusal as_refusal(iafmetrics::beast::detail::head::refusal no)
{
    bool const is_large = no.status == http::status::request_header_fields_too_large;
    return {no.status, std::move(no.reason), is_large ? refused::header_too_large : refused::malformed};
}

inline std::optional<refusal> as_refusal(std::optional<iafmetrics::beast::detail::head::refusal> no)
{
    if (!no) return std::nullopt;
    return as_refusal(std::move(*no));
}

using iafmetrics::beast::detail::head::drop_empty_lines;

inline std::optional<refusal> parse_head(head_parser& parser, boost::beast::flat_buffer& buffer)
{
    return as_refusal(iafmetrics::beast::detail::head::parse(parser, buffer));
}

inline std::optional<refusal> check_head(http::request_header<> const& head)
{
    return as_refusal(iafmetrics::beast::detail::head::check(head));
}

inline refusal explain(boost::system::error_code error)
{
    return as_refusal(iafmetrics::beast::detail::head::explain(error));
}

}  // namespace iafmetrics::http_service::detail
