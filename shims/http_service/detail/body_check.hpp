// SPDX-License-Identifier: Apache-2.0
// body_check: takes a body and its trailers off a connection's buffer, and refuses what a server must not let pass.
#pragma once

#include <http_service/detail/head_check.hpp>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace iafmetrics::http_service::detail {

inline refusal too_large(std::size_t limit)
{
    auto const said = limit == 0 ? std::string{"this request takes no body"}
                                 : "the body is larger than the limit of " + std::to_string(limit) + " bytes";
    return {http::status::payload_too_large, said, refused::body_too_large};
}

// Of one request, whose head is done. The parser takes no more bytes once this is gone.
class body_check {
public:
    body_check(head_parser& parser, std::size_t limit) : parser_{parser}, limit_{limit}
    {
        parser.body_limit(limit);
        parser.eager(true);
        parser.on_chunk_header(seen_);
    }
    body_check(body_check const&) = delete;
    body_check& operator=(body_check const&) = delete;

    // Takes out of the buffer, which is not empty, what it has of the body. Nothing: parser.is_done(), or more must come.
    // Refused is also a field of the trailers that continues on a second line, which the parser joins without a word.
    std::optional<refusal> take(boost::beast::flat_buffer& buffer)
    {
        namespace head = iafmetrics::beast::detail::head;
        boost::system::error_code error;
        auto const used = parser_.put(buffer.data(), error);
        if (error == http::error::body_limit) return too_large(limit_);
        if (error && error != http::error::need_more)
            return explain(error);  // of refused trailers it used none
        auto const taken = head::text_of(buffer).substr(0, used);
        bool const folded =
            seen_.trailers != nullptr &&
            head::is_folded(taken.substr(static_cast<std::size_t>(seen_.trailers - taken.data())));
        buffer.consume(used);
        if (folded) return as_refusal(head::folded_field());
        return std::nullopt;
    }

private:
    struct chunk_header {
        char const* trailers = nullptr;  // behind the size of the last chunk: the parser has all of them
        void operator()(std::uint64_t size, boost::core::string_view extensions, boost::system::error_code&)
        {
            if (size == 0) trailers = extensions.data();
        }
    };

    head_parser& parser_;
    std::size_t limit_;
    chunk_header seen_;
};

}  // namespace iafmetrics::http_service::detail
