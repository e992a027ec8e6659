// SPDX-License-Identifier: Apache-2.0
// accepted_codings: what a request says in Accept-Encoding.
#pragma once

#include <iafmetrics/detail/field_text.hpp>

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
        while (!field.empty())
            member(iafmetrics::detail::take_until(field, ','));
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
        using iafmetrics::detail::is_same;
        using iafmetrics::detail::thousandths;
        using iafmetrics::detail::trimmed;
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

    std::string_view coding_;
    int weight_ = unnamed;
    int identity_ = unnamed;  // acceptable, and the least preferred
    int any_ = unnamed;
};

}  // namespace iafmetrics::inline v0::beast::detail
