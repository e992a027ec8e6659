// SPDX-License-Identifier: Apache-2.0
// The header section of a request, its body and the trailers, as the server reads them off a connection.
// Compiled with: shims/http_service/detail/target.cpp, shims/boost/boost.cpp, -lssl, -lcrypto
#include <http_service/detail/body_check.hpp>
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
constexpr std::size_t body_limit = 64;

enum class kind { waits, refused, accepted };

struct outcome {
    kind is = kind::waits;
    std::size_t used = 0;
    std::string target = {};
    kind body_is = kind::waits;
    std::size_t body_used = 0;
    std::string body = {};
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

// Bytes that arrive in pieces.
class arrival {
public:
    arrival(std::string_view bytes, std::size_t step) : bytes_{bytes}, step_{step} {}

    // The next piece. False: there is none.
    bool next()
    {
        auto const more = bytes_.substr(fed_, step_);
        fed_ += more.size();
        buffer.commit(boost::asio::buffer_copy(buffer.prepare(more.size()), boost::asio::buffer(more)));
        return !more.empty();
    }
    std::size_t used() const { return fed_ - buffer.size(); }

    boost::beast::flat_buffer buffer{4096};

private:
    std::string_view bytes_;
    std::size_t step_;
    std::size_t fed_ = 0;
};

kind read_body(head_parser& parser, arrival& from)
{
    body_check check{parser, body_limit};
    do {
        if (from.buffer.size() > 0 && check.take(from.buffer)) return kind::refused;
        if (parser.is_done()) return kind::accepted;
    } while (from.next());
    return kind::waits;
}

outcome read(std::string_view bytes, std::size_t step)
{
    head_parser parser;
    parser.header_limit(limit);
    parser.body_limit(boost::none);
    arrival from{bytes, step};
    while (from.next()) {
        drop_empty_lines(parser, from.buffer);
        if (from.buffer.size() == 0) continue;
        if (parse_head(parser, from.buffer)) return {.is = kind::refused};
        if (!parser.is_header_done()) continue;
        auto const& head = parser.get();
        decoded_target target;
        if (check_head(head) || !decode_target(to_view(head.target()), target).empty())
            return {.is = kind::refused};
        std::optional<std::uint64_t> length;
        if (auto const said = parser.content_length()) length = *said;
        require_framing(head, parser.chunked(), length);
        require(target.path.starts_with('/'), "the target is a path");
        for (auto const& segment : target.segments)
            require(segment != "." && segment != "..", "no segment climbs");
        outcome got{.is = kind::accepted, .used = from.used(), .target = std::string{to_view(head.target())}};
        if (length.value_or(0) > body_limit) return got;  // is not read
        got.body_is = parser.is_done() ? kind::accepted : read_body(parser, from);
        if (got.body_is != kind::accepted) return got;
        got.body_used = from.used() - got.used;
        got.body = parser.get().body();
        require(got.body.size() <= body_limit, "a body is within its limit");
        require(!length || (got.body.size() == *length && got.body_used == *length),
                "a body is as long as it says");
        return got;
    }
    return {};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size > 4000) return 0;
    std::string_view const bytes{reinterpret_cast<char const*>(data), data == nullptr ? 0 : size};
    auto const whole = read(bytes, 4096);
    if (whole.is == kind::accepted) {
        auto const head = bytes.substr(0, whole.used);
        require(head.ends_with("\r\n\r\n"), "the head ends with an empty line");
        require(head.find("\r\n ") == std::string_view::npos && head.find("\r\n\t") == std::string_view::npos,
                "no field is continued");
        require(head.find('\0') == std::string_view::npos, "no NUL");
        require(head.size() < 2 * limit, "the head is about within its limit");
    }
    if (whole.body_is == kind::accepted && whole.body_used > 0) {
        auto const body = bytes.substr(whole.used, whole.body_used);
        auto const last =
            body.substr(whole.body.size());  // of chunks, sizes and trailers are behind at least so much
        require(body == whole.body || last.ends_with("\r\n\r\n"), "trailers end with an empty line");
    }
    if (size >= limit)
        return 0;  // whether the last few bytes of the limit are still in it depends on the pieces
    for (std::size_t const step : {1U, 7U}) {
        auto const pieces = read(bytes, step);
        require(pieces.is == whole.is || whole.is == kind::refused || pieces.is == kind::refused,
                "pieces of a head say no more than the whole");
        require((whole.is == kind::accepted) == (pieces.is == kind::accepted),
                "what is accepted does not depend on how it arrives");
        require(pieces.used == whole.used && pieces.target == whole.target, "nor does what it says");
        require((whole.body_is == kind::accepted) == (pieces.body_is == kind::accepted),
                "nor whether its body is in");
        require(pieces.body_used == whole.body_used && pieces.body == whole.body, "nor what the body is");
    }
    return 0;
}
