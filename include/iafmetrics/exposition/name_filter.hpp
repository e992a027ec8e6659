// SPDX-License-Identifier: Apache-2.0
// name_filter: the metrics that a scrape asks for by name, name[]=up&name[]=http_requests_total.
#pragma once

#include <iafmetrics/detail/exposed_names.hpp>
#include <iafmetrics/detail/text_set.hpp>
#include <iafmetrics/given_names.hpp>
#include <iafmetrics/visitor.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::exposition {

/// Which families a page shows.
///
///     auto const wanted = name_filter::of_query("name[]=http_requests_total&name[]=go_gc_duration_seconds_count");
///     if (wanted.shows(family)) …
///
/// A family is meant by its name, by that of any of its samples (x_bucket, x_sum, x_count, x_created), and by what
/// OpenMetrics calls it (x for x_total). One of UTF-8 is meant by its own name and by the one that the page shows.
class name_filter {
public:
    /// The name[] of a query, decoded; all else in it is for others. A name that is no UTF-8 or wrongly encoded is the
    /// name of nothing: who asks for it gets less, never everything.
    [[nodiscard]] static name_filter of_query(std::string_view query)
    {
        name_filter made;
        while (!query.empty()) {
            std::size_t const end = query.find('&');
            std::string_view const pair = query.substr(0, end);
            query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
            std::size_t const equals = pair.find('=');
            if (decoded(pair.substr(0, equals)) != "name[]") continue;
            std::string_view const value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
            made.names_.insert(decoded(value).value_or(std::string()));
            made.is_empty_ = false;
        }
        return made;
    }

    /// Nothing was asked for: everything is shown.
    [[nodiscard]] bool is_empty() const noexcept { return is_empty_; }

    [[nodiscard]] bool shows(family_header const& family) const
    {
        if (is_empty_ || names_.contains(family.name)) return true;
        if (family.given != nullptr && shows_any(family.given->name, family.type)) return true;
        return shows_any(family.name, family.type);
    }

private:
    [[nodiscard]] bool shows_any(std::string_view name, metric_type type) const
    {
        for (std::string const& shown : detail::exposed_names(name, type))
            if (names_.contains(shown)) return true;
        return false;
    }

    static int hex(char digit) noexcept
    {
        if (digit >= '0' && digit <= '9') return digit - '0';
        if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
        return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
    }

    /// As a form encodes it: %5B, and a plus for a blank.
    static std::optional<std::string> decoded(std::string_view text)
    {
        std::string made;
        for (std::size_t i = 0; i != text.size(); ++i) {
            if (text[i] != '%') {
                made += text[i] == '+' ? ' ' : text[i];
                continue;
            }
            int const high = i + 2 < text.size() ? hex(text[i + 1]) : -1;
            int const low = i + 2 < text.size() ? hex(text[i + 2]) : -1;
            if (high < 0 || low < 0) return std::nullopt;
            made += static_cast<char>(high * 16 + low);
            i += 2;
        }
        return made;
    }

    detail::text_set names_;
    bool is_empty_ = true;
};

}  // namespace iafmetrics::inline v0::exposition
