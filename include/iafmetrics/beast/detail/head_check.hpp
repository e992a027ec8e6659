// SPDX-License-Identifier: Apache-2.0
// head_check: what Beast's parser accepts of a header section and a server must not.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0::beast::detail::head {

namespace http = boost::beast::http;

/// Why a request is not read further; the connection is closed after the answer.
struct refusal {
    http::status status;
    std::string reason;
};

inline refusal bad(std::string_view reason)
{
    return {http::status::bad_request, "malformed request: " + std::string{reason}};
}

inline std::optional<refusal> check_framing(http::request_header<> const& head)
{
    auto const encodings = head.count(http::field::transfer_encoding);
    auto const lengths = head.count(http::field::content_length);
    if (encodings > 0) {
        if (head.version() < 11) return bad("Transfer-Encoding needs HTTP/1.1");
        if (lengths > 0) return bad("Transfer-Encoding and Content-Length exclude each other");
        if (encodings > 1 || !boost::beast::iequals(head[http::field::transfer_encoding], "chunked"))
            return bad("Transfer-Encoding must be chunked");
    }
    if (lengths > 1) return bad("Content-Length appears more than once");
    if (lengths == 1 &&
        head[http::field::content_length].find_first_not_of("0123456789") != std::string_view::npos)
        return bad("Content-Length must be a number");
    return std::nullopt;
}

inline constexpr std::string_view digits = "0123456789";
inline constexpr std::string_view hexadecimal = "0123456789abcdefABCDEF";
inline constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

inline bool is_made_of(std::string_view text, std::initializer_list<std::string_view> characters)
{
    return std::ranges::all_of(text, [&](char c) {
        return std::ranges::any_of(characters, [c](std::string_view of) { return of.find(c) != of.npos; });
    });
}

/// RFC 9110 section 7.2: uri-host [ ":" port ], and empty for a target without one. A comma, which RFC 3986 allows in names,
/// is what two Hosts are joined by.
inline bool is_host(std::string_view field)
{
    constexpr std::size_t most_digits = 5;
    bool const is_literal = field.starts_with('[');
    auto const colon =
        is_literal ? field.find(':', std::min(field.find(']'), field.size())) : field.find(':');
    auto const name = field.substr(0, colon);
    auto const port = colon == field.npos ? std::string_view{} : field.substr(colon + 1);
    if (port.size() > most_digits || !is_made_of(port, {digits})) return false;
    if (!is_literal) return is_made_of(name, {letters, digits, "-._~%!$&'()*+;="});
    return name.size() > 2 && name.ends_with(']') &&
           is_made_of(name.substr(1, name.size() - 2), {hexadecimal, ":."});
}

inline std::optional<refusal> check_host(http::request_header<> const& head)
{
    auto const hosts = head.count(http::field::host);
    if (hosts > 1) return bad("Host appears more than once");
    if (hosts == 0 && head.version() >= 11) return bad("Host is missing");
    auto const host = head[http::field::host];
    if (hosts == 1 && !is_host({host.data(), host.size()})) return bad("Host is not a host name");
    return std::nullopt;
}

inline std::string_view text_of(boost::beast::flat_buffer const& buffer)
{
    return {static_cast<char const*>(buffer.data().data()), buffer.size()};
}

inline bool is_folded(std::string_view bytes)
{
    return bytes.find("\r\n ") != std::string_view::npos || bytes.find("\r\n\t") != std::string_view::npos;
}

inline refusal folded_field() { return bad("a field is continued on a second line"); }

/// What to answer when the parser gave up.
inline refusal explain(boost::system::error_code error)
{
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
        return {http::status::request_header_fields_too_large, "the header section is too large"};
    return bad(error.message());
}

/// RFC 9112 section 2.2: an empty line or two before a request line come from old clients.
inline void drop_empty_lines(http::basic_parser<true> const& parser, boost::beast::flat_buffer& buffer)
{
    if (parser.got_some()) return;
    while (text_of(buffer).starts_with("\r\n"))
        buffer.consume(2);
}

/// Takes out of the buffer what it has of a header section. Nothing: parser.is_header_done(), or more must come. Refused is
/// also a field that continues on a second line (obs-fold), which parsers between here and the client may read differently.
inline std::optional<refusal> parse(http::basic_parser<true>& parser, boost::beast::flat_buffer& buffer)
{
    if (!parser.got_some() && text_of(buffer) == "\r") return std::nullopt;  // half of an empty line
    boost::system::error_code error;
    auto const used = parser.put(buffer.data(), error);
    bool const folded = is_folded(text_of(buffer).substr(0, used));
    buffer.consume(used);
    if (error && error != http::error::need_more) return explain(error);
    if (folded) return folded_field();
    return std::nullopt;
}

/// Framing and Host: Transfer-Encoding exactly "chunked", once, on HTTP/1.1, without Content-Length; one
/// Content-Length of digits only; Host once on 1.1 and at most once on 1.0; no Expect but 100-continue.
inline std::optional<refusal> check(http::request_header<> const& head)
{
    if (auto refused = check_framing(head)) return refused;
    if (auto refused = check_host(head)) return refused;
    if (head.count(http::field::expect) > 0 &&
        !boost::beast::iequals(head[http::field::expect], "100-continue"))
        return refusal{http::status::expectation_failed, "the only expectation met here is 100-continue"};
    return std::nullopt;
}

}  // namespace iafmetrics::inline v0::beast::detail::head
