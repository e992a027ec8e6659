// SPDX-License-Identifier: Apache-2.0
// What Beast's parser accepts of a header section and a server must not.
#pragma once

#include <http_service/detail/unreserved_body.hpp>
#include <http_service/refusals.hpp>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
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

using head_parser = http::request_parser<unreserved_body>;

// RFC 9112 section 2.2: an empty line or two before a request line come from old clients.
void drop_empty_lines(head_parser const& parser, boost::beast::flat_buffer& buffer);

// Takes out of the buffer what it has of a header section. Nothing: parser.is_header_done(), or more must come. Refused is
// also a field that continues on a second line (obs-fold), which parsers between here and the client may read differently.
std::optional<refusal> parse_head(head_parser& parser, boost::beast::flat_buffer& buffer);

// Framing and Host: Transfer-Encoding exactly "chunked", once, on HTTP/1.1, without Content-Length; one
// Content-Length of digits only; Host once on 1.1 and at most once on 1.0, a host and a port of RFC 3986 section 3.2 or
// nothing; no Expect but 100-continue.
std::optional<refusal> check_head(http::request_header<> const& head);

// Finds a field of the trailers that continues on a second line, which the parser joins without a word. It outlives the
// calls of parser.put().
class trailers_check {
public:
    explicit trailers_check(head_parser& parser) { parser.on_chunk_header(seen_); }
    trailers_check(trailers_check const&) = delete;
    trailers_check& operator=(trailers_check const&) = delete;

    // After each put(), before the bytes that it used leave the buffer.
    bool are_folded(boost::beast::flat_buffer const& buffer, std::size_t used) const;

private:
    struct chunk_header {
        char const* trailers = nullptr;  // behind the size of the last chunk
        void operator()(std::uint64_t size, boost::core::string_view extensions, boost::system::error_code&)
        {
            if (size == 0) trailers = extensions.data();
        }
    };

    chunk_header seen_;
};

refusal folded_field();

// What to answer when the parser gave up.
refusal explain(boost::system::error_code error);

}  // namespace iafmetrics::http_service::detail
