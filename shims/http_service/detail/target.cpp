// SPDX-License-Identifier: Apache-2.0
// Boost.URL decodes; what it lets through and a server must not is refused here.
#include <http_service/detail/target.hpp>

#include <boost/url/decode_view.hpp>
#include <boost/url/parse.hpp>

#include <algorithm>
#include <string>

namespace iafmetrics::http_service::detail {

namespace urls = boost::urls;

namespace {

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text)
{
    for (std::size_t i = 0; i < text.size();) {
        auto const lead = static_cast<unsigned char>(text[i]);
        std::size_t const length = lead < 0x80   ? 1
                                   : lead < 0xc2 ? 0
                                   : lead < 0xe0 ? 2
                                   : lead < 0xf0 ? 3
                                   : lead < 0xf5 ? 4
                                                 : 0;
        if (length == 0 || i + length > text.size()) return false;
        for (std::size_t k = 1; k < length; ++k)
            if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
        if (length > 2) {
            auto const next = static_cast<unsigned char>(text[i + 1]);
            if ((lead == 0xe0 && next < 0xa0) || (lead == 0xed && next > 0x9f) ||
                (lead == 0xf0 && next < 0x90) || (lead == 0xf4 && next > 0x8f))
                return false;
        }
        i += length;
    }
    return true;
}

bool has_control(std::string_view text)
{
    return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::string_view check(std::string_view decoded)
{
    if (has_control(decoded)) return "the request target contains a control character";
    if (!is_utf8(decoded)) return "the request target is not UTF-8";
    return {};
}

// What RFC 3986 wants escaped in a query, and who writes `name[]=up` sends as it is. Of the rest it asks as it does of a path.
std::string with_escapes(std::string_view target)
{
    constexpr std::string_view sent_anyway = "\"<>[\\]^`{|}";
    constexpr std::string_view digits = "0123456789ABCDEF";
    auto const query = std::min(target.find('?'), target.size());
    std::string escaped{target.substr(0, query)};
    for (char const c : target.substr(query)) {
        if (sent_anyway.find(c) == std::string_view::npos) {
            escaped += c;
            continue;
        }
        auto const byte = static_cast<unsigned char>(c);
        escaped += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
    return escaped;
}

}  // namespace

std::string_view decode_target(std::string_view target, decoded_target& out)
{
    if (!target.starts_with('/')) return "the request target must be a path";
    auto const escaped = with_escapes(target);
    auto const parsed = urls::parse_origin_form(escaped);
    if (!parsed) return "the request target is not a valid path";

    out.path = target.substr(0, target.find('?'));
    for (std::string_view rest = out.path.substr(1); out.path.size() > 1;) {
        auto const slash = rest.find('/');
        urls::decode_view const decoded{urls::string_view{rest.substr(0, slash)}};
        auto const& segment = out.segments.emplace_back(decoded.begin(), decoded.end());
        if (segment == "." || segment == "..") return "the request target contains a dot segment";
        if (auto const reason = check(segment); !reason.empty()) return reason;
        if (slash == std::string_view::npos) break;
        rest.remove_prefix(slash + 1);
    }
    for (auto const& parameter : parsed->params()) {
        auto const& [key, value] = out.queries.emplace_back(parameter.key, parameter.value);
        if (auto const reason = check(key); !reason.empty()) return reason;
        if (auto const reason = check(value); !reason.empty()) return reason;
    }
    return {};
}

}  // namespace iafmetrics::http_service::detail
