// SPDX-License-Identifier: Apache-2.0
// go_duration: a duration as Go's time.ParseDuration reads it.
#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace iafmetrics::inline v0::http::detail {

/// "100ms", "1.5s", "1h30m", "0"; none for what is no duration, is negative, or longer than 290 years.
inline std::optional<std::chrono::nanoseconds> go_duration(std::string_view text)
{
    struct unit {
        std::string_view name;
        double nanoseconds;
    };
    constexpr unit units[] = {{"ns", 1},   {"us", 1e3}, {"\xC2\xB5s", 1e3}, {"\xCE\xBCs", 1e3},
                              {"ms", 1e6}, {"s", 1e9},  {"m", 6e10},        {"h", 3.6e12}};
    if (text == "0") return std::chrono::nanoseconds(0);
    if (text.empty()) return std::nullopt;
    double total = 0;
    while (!text.empty()) {
        bool const begins_well = (text.front() >= '0' && text.front() <= '9') || text.front() == '.';
        double amount = 0;
        auto const [end, error] =
            std::from_chars(text.data(), text.data() + text.size(), amount, std::chars_format::fixed);
        if (!begins_well || error != std::errc()) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        std::string_view name = text.substr(0, text.find_first_of("0123456789."));
        unit const* found = nullptr;
        for (unit const& one : units)
            if (one.name == name) found = &one;
        if (found == nullptr) return std::nullopt;
        text.remove_prefix(name.size());
        total += amount * found->nanoseconds;
    }
    if (!(total < 9.2e18)) return std::nullopt;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(total));
}

}  // namespace iafmetrics::inline v0::http::detail
