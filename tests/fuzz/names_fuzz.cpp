// SPDX-License-Identifier: Apache-2.0
// A metric's and a label's name, escaped by each scheme, and read back where that can be.
#include <iafmetrics/detail/utf8.hpp>
#include <iafmetrics/exposition/escaping.hpp>

#include "require.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace iafmetrics::exposition;

namespace {

void append_utf8(std::string& out, unsigned long code)
{
    auto const tail = [&](unsigned shift) { out += static_cast<char>(0x80U | (code >> shift & 0x3FU)); };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0U | code >> 6U);
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0U | code >> 12U);
        tail(6), tail(0);
    } else {
        out += static_cast<char>(0xF0U | code >> 18U);
        tail(12), tail(6), tail(0);
    }
}

std::string decoded_values(std::string_view escaped)
{
    require(escaped.starts_with("U__"), "values begin with U__");
    std::string out;
    for (std::size_t i = 3; i < escaped.size(); ++i) {
        if (escaped[i] != '_') {
            out += escaped[i];
            continue;
        }
        std::size_t const end = escaped.find('_', i + 1);
        require(end != std::string_view::npos, "an escaped value ends");
        if (end == i + 1)
            out += '_';
        else
            append_utf8(out, std::stoul(std::string(escaped.substr(i + 1, end - i - 1)), nullptr, 16));
        i = end;
    }
    return out;
}

std::string decoded_dots(std::string_view escaped)
{
    std::string out;
    while (!escaped.empty()) {
        bool const is_dot = escaped.starts_with("_dot_");
        bool const is_underscore = !is_dot && escaped.starts_with("__");
        out += is_dot ? '.' : escaped.front();
        escaped.remove_prefix(is_dot ? 5 : is_underscore ? 2 : 1);
    }
    return out;
}

template <class Append, class IsLegacy>
void check(std::string_view name, Append append, IsLegacy is_legacy)
{
    auto const escaped = [&](escaping_scheme scheme) {
        std::string out = "before ";
        append(out, name, scheme);
        require(out.starts_with("before "), "a name is appended");
        require(out.size() <= 7 + 3 + 6 * name.size(), "six bytes for a byte at most");
        return out.substr(7);
    };
    std::string const underscores = escaped(escaping_scheme::underscores);
    std::string const dots = escaped(escaping_scheme::dots);
    std::string const values = escaped(escaping_scheme::values);
    require(escaped(escaping_scheme::allow_utf8) == name, "allow_utf8 changes nothing");
    require(is_legacy(underscores), "underscores make a legal name");
    require(is_legacy(dots), "dots make a legal name");
    require(is_legacy(values), "values make a legal name");
    if (is_legacy(name)) {
        require(underscores == name && dots == name && values == name, "a legacy name is left alone");
        return;
    }
    require(decoded_values(values) == iafmetrics::detail::repaired_utf8(name), "values come back");
    std::string with_dots_only(name);
    for (char& c : with_dots_only)
        if (c == '.') c = '_';
    if (is_legacy(with_dots_only)) require(decoded_dots(dots) == name, "dots come back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0) return 0;
    std::string_view const name(reinterpret_cast<char const*>(data), size);
    check(name, append_metric_name, is_legacy_metric_name);
    check(name, append_label_name, is_legacy_label_name);
    return 0;
}
