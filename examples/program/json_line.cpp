// SPDX-License-Identifier: Apache-2.0
#include <program/json_line.hpp>

#include <charconv>
#include <cmath>
#include <cstddef>

namespace program {
namespace {

bool continues(unsigned char c) { return (c & 0xC0U) == 0x80U; }

// The length of the well-formed UTF-8 sequence at the front (Unicode 15, table 3-7); 0 when there is none.
std::size_t sequence_length(std::string_view text)
{
    auto const at = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : static_cast<unsigned char>(0);
    };
    unsigned char const first = at(0);
    unsigned char const second = at(1);
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4 || !continues(second)) return 0;
    if (first < 0xE0) return 2;
    if (first < 0xF0) {
        bool const overlong = first == 0xE0 && second < 0xA0;
        bool const surrogate = first == 0xED && second >= 0xA0;
        return !overlong && !surrogate && continues(at(2)) ? 3 : 0;
    }
    bool const overlong = first == 0xF0 && second < 0x90;
    bool const beyond = first == 0xF4 && second >= 0x90;
    return !overlong && !beyond && continues(at(2)) && continues(at(3)) ? 4 : 0;
}

void append_control(std::string& out, unsigned char c)
{
    constexpr char digits[] = "0123456789abcdef";
    switch (c) {
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default:
        out += "\\u00";
        out += digits[c >> 4U];
        out += digits[c & 0xFU];
    }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text)
{
    out += '"';
    while (!text.empty()) {
        std::size_t const length = sequence_length(text);
        auto const first = static_cast<unsigned char>(text.front());
        if (length == 0)
            out += "\xEF\xBF\xBD";
        else if (first < ' ' || first == 0x7F)
            append_control(out, first);
        else if (first == '"' || first == '\\')
            (out += '\\') += text.front();
        else
            out += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

void append_json_number(std::string& out, double value)
{
    if (!std::isfinite(value)) {
        out += "null";
        return;
    }
    char digits[32];
    auto const [end, error] = std::to_chars(digits, digits + sizeof digits, value);
    out.append(digits, end);
}

}  // namespace program
