// SPDX-License-Identifier: Apache-2.0
// The header section of a request, as the server reads it off a connection.
// Compiled with: shims/http_service/detail/target.cpp, shims/boost/boost.cpp, -lssl, -lcrypto
#include <http_service/detail/head_check.hpp>
#include <http_service/detail/target.hpp>

#include <boost/beast/core/string.hpp>

#include "require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace {

using namespace iafmetrics::http_service;
using namespace iafmetrics::http_service::detail;

constexpr std::size_t limit = 512;

struct outcome {
    enum class kind { waits, refused, accepted } is = kind::waits;
    std::size_t used = 0;
    std::string target;
};

std::string_view to_view(boost::core::string_view text) { return {text.data(), text.size()}; }

// What is accepted and what stands in its head.
void require_framing(http::request_header<> const& head, bool chunked, std::optional<std::uint64_t> length)
{
    auto const encodings = head.count(http::field::transfer_encoding);
    auto const lengths = head.count(http::field::content_length);
    require(encodings + lengths <= 1, "one field says where the body ends");
    require(chunked == (encodings == 1), "who says chunked is read as chunks");
    if (chunked) {
        require(head.version() == 11, "chunks are of HTTP/1.1");
        require(boost::beast::iequals(head[http::field::transfer_encoding], "chunked"), "chunked is alone");
    }
    require(length.has_value() == (lengths == 1), "who says a length is read by it");
    if (lengths == 1) {
        auto const said = to_view(head[http::field::content_length]);
        require(std::ranges::all_of(said, [](char c) { return c >= '0' && c <= '9'; }), "a length is digits");
        require(std::stoull(std::string{said}) == *length, "a length is what it says");
    }
    require(head.version() == 10 || head.version() == 11, "the version is 1.0 or 1.1");
    require(head.count(http::field::host) == 1 ||
                (head.version() == 10 && head.count(http::field::host) == 0),
            "the host is named once");
    for (auto const& field : head) {
        require(!field.name_string().empty(), "a field has a name");
        require(field.name_string().find_first_of(" \t\r\n:") == std::string_view::npos,
                "a name is one word");
        require(to_view(field.value()).find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos,
                "a value is one line");
    }
}

outcome read(std::string_view bytes, std::size_t step)
{
    head_parser parser;
    parser.header_limit(limit);
    boost::beast::flat_buffer buffer{4096};
    outcome got;
    std::size_t fed = 0;
    while (fed < bytes.size()) {
        auto const more = bytes.substr(fed, step);
        fed += more.size();
        buffer.commit(boost::asio::buffer_copy(buffer.prepare(more.size()), boost::asio::buffer(more)));
        drop_empty_lines(parser, buffer);
        if (buffer.size() == 0) continue;
        if (parse_head(parser, buffer)) return {outcome::kind::refused, 0, {}};
        if (!parser.is_header_done()) continue;
        auto const& head = parser.get();
        decoded_target target;
        if (check_head(head) || !decode_target(to_view(head.target()), target).empty())
            return {outcome::kind::refused, 0, {}};
        std::optional<std::uint64_t> length;
        if (auto const said = parser.content_length()) length = *said;
        require_framing(head, parser.chunked(), length);
        require(target.path.starts_with('/'), "the target is a path");
        for (auto const& segment : target.segments)
            require(segment != "." && segment != "..", "no segment climbs");
        return {outcome::kind::accepted, fed - buffer.size(), std::string{to_view(head.target())}};
    }
    return got;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size > 4000) return 0;
    std::string_view const bytes{reinterpret_cast<char const*>(data), data == nullptr ? 0 : size};
    auto const whole = read(bytes, 4096);
    if (whole.is == outcome::kind::accepted) {
        auto const head = bytes.substr(0, whole.used);
        require(head.ends_with("\r\n\r\n"), "the head ends with an empty line");
        require(head.find("\r\n ") == std::string_view::npos && head.find("\r\n\t") == std::string_view::npos,
                "no field is continued");
        require(head.find('\0') == std::string_view::npos, "no NUL");
        require(head.size() < 2 * limit, "the head is about within its limit");
    }
    if (size >= limit)
        return 0;  // whether the last few bytes of the limit are still in it depends on the pieces
    for (std::size_t const step : {1U, 7U}) {
        auto const pieces = read(bytes, step);
        require(pieces.is == whole.is || whole.is == outcome::kind::refused ||
                    pieces.is == outcome::kind::refused,
                "pieces of a head say no more than the whole");
        require((whole.is == outcome::kind::accepted) == (pieces.is == outcome::kind::accepted),
                "what is accepted does not depend on how it arrives");
        require(pieces.used == whole.used && pieces.target == whole.target, "nor does what it says");
    }
    return 0;
}
