// SPDX-License-Identifier: Apache-2.0
// accepted_codings: what a request says in Accept-Encoding.
#pragma once

#include <cstddef>
#include <string_view>

namespace iafmetrics::inline v0::beast::detail {

/// Whether a client prefers one coding to none, by RFC 9110, section 12.5.3: weights from 0 to 1, `*` for what is not
/// named, `identity` for no coding, and no field for no coding either.
///
///     accepted_codings asked{"gzip"};
///     asked.read("br, gzip;q=0.5");       // once for each field line
///     if (asked.prefers_it()) …
///
/// What is malformed is not acceptable, so that the answer to it is one that everybody can read. So is the answer to a
/// client that accepts nothing at all: a page is worth more to it than 406.
class accepted_codings {
public:
    explicit accepted_codings(std::string_view coding) noexcept : coding_(coding) {}

    void read(std::string_view field) noexcept
    {
        while (!field.empty()) {
            std::size_t const comma = field.find(',');
            member(field.substr(0, comma));
            field.remove_prefix(comma == std::string_view::npos ? field.size() : comma + 1);
        }
    }

    [[nodiscard]] bool prefers_it() const noexcept
    {
        int const weight = weight_ != unnamed ? weight_ : any_;
        return weight > 0 && weight >= identity_;
    }

private:
    static constexpr int unnamed = -1;

    void member(std::string_view text) noexcept
    {
        std::size_t const semicolon = text.find(';');
        std::string_view const name = trimmed(text.substr(0, semicolon));
        int const weight =
            semicolon == std::string_view::npos ? 1000 : thousandths(trimmed(text.substr(semicolon + 1)));
        if (is_same(name, coding_) || (is_same(name, "x-gzip") && coding_ == "gzip"))
            weight_ = weight;
        else if (is_same(name, "identity"))
            identity_ = weight;
        else if (name == "*")
            any_ = weight;
    }

    /// Of `q=0.5`: 500. Of anything that is no weight: 0.
    static int thousandths(std::string_view text) noexcept
    {
        if (text.size() < 3 || lower(text[0]) != 'q' || text[1] != '=') return 0;
        text.remove_prefix(2);
        if (text.size() > 5 || (text[0] != '0' && text[0] != '1') || (text.size() > 1 && text[1] != '.'))
            return 0;
        int found = text[0] == '1' ? 1000 : 0;
        int place = 100;
        for (char const digit : text.substr(text.size() < 2 ? text.size() : 2)) {
            if (digit < '0' || digit > '9') return 0;
            found += (digit - '0') * place;
            place /= 10;
        }
        return found <= 1000 ? found : 0;
    }

    static std::string_view trimmed(std::string_view text) noexcept
    {
        while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
            text.remove_prefix(1);
        while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
            text.remove_suffix(1);
        return text;
    }
    static char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
    static bool is_same(std::string_view a, std::string_view b) noexcept
    {
        if (a.size() != b.size()) return false;
        for (std::size_t i = 0; i != a.size(); ++i)
            if (lower(a[i]) != lower(b[i])) return false;
        return true;
    }

    std::string_view coding_;
    int weight_ = unnamed;
    int identity_ = unnamed;  // acceptable, and the least preferred
    int any_ = unnamed;
};

}  // namespace iafmetrics::inline v0::beast::detail
