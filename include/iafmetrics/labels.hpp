// SPDX-License-Identifier: Apache-2.0
// labels: one series' label names and values, as a page shows them and as the program gave them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0 {

/// The labels of a series, held as `method="GET",path="/x"`: the text that a page shows between the braces.
///
/// Values in the text are escaped (\\, \", \n) and valid UTF-8. A name that is no classic one stands in quotes, escaped
/// likewise: `"http.route"="/x"`.
/// Lifetime: a view; valid as long as the series.
class labels_view {
public:
    constexpr labels_view() noexcept = default;
    constexpr explicit labels_view(std::string_view escaped) noexcept : text_(escaped) {}

    /// Empty for a series without labels.
    [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

    /// Calls `visit(name, value)` for each label in the order of declaration, with the value unescaped.
    template <class Visit>
    void for_each(Visit&& visit) const
    {
        std::string unquoted;
        std::string value;
        std::size_t at = 0;
        while (at < text_.size()) {
            std::string_view name;
            if (text_[at] == '"') {
                unescape(unquoted, ++at);
                name = unquoted;
            } else {
                name = text_.substr(at, text_.find('=', at) - at);
                at += name.size();
            }
            unescape(value, at += 2);
            ++at;  // the comma
            visit(name, std::string_view(value));
        }
    }

private:
    /// What stands from `at` to the quote, behind which it moves `at`.
    void unescape(std::string& into, std::size_t& at) const
    {
        into.clear();
        for (; text_[at] != '"'; ++at) {
            if (text_[at] != '\\') {
                into += text_[at];
                continue;
            }
            ++at;
            into += text_[at] == 'n' ? '\n' : text_[at];
        }
        ++at;
    }

    std::string_view text_;
};

namespace detail {

inline void append_escaped_label_value(std::string& out, std::string_view value)
{
    for (char const c : value) {
        switch (c) {
        case '\\': out += "\\\\"; break;
        case '"': out += "\\\""; break;
        case '\n': out += "\\n"; break;
        default: out += c;
        }
    }
}

inline void append_label(std::string& out, std::string_view name, std::string_view value)
{
    if (!out.empty()) out += ',';
    out += name;
    out += "=\"";
    append_escaped_label_value(out, value);
    out += '"';
}

}  // namespace detail
}  // namespace iafmetrics::inline v0
