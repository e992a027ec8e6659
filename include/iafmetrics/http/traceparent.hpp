// SPDX-License-Identifier: Apache-2.0
// traceparent: which trace a request belongs to (W3C Trace Context, levels 1 and 2).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace iafmetrics::inline v0::http {

/// The value of the field `traceparent`: `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
///
///     if (auto const trace = traceparent::parse(request["traceparent"]); trace && trace->is_sampled())
///         duration.observe(seconds, {{"trace_id", trace->trace_id()}});
///
/// Version 00 has 55 characters. A higher version may have more behind a dash, which means nothing here; version ff, an
/// identifier that is all zero and upper-case digits are refused, as the specification asks. A request that has the
/// field more than once has no parent.
///
/// Cost:     reads at most 56 characters; no allocation.
/// Errors:   nullopt for what is not valid; never throws.
/// Lifetime: a copy, independent of the request.
class traceparent {
public:
    [[nodiscard]] static constexpr std::optional<traceparent> parse(std::string_view field) noexcept
    {
        if (field.size() < length || field[2] != '-' || field[35] != '-' || field[52] != '-') return {};
        std::string_view const version = field.substr(0, 2);
        std::string_view const flags = field.substr(53, 2);
        if (!is_hex(version) || !is_hex(flags) || version == "ff") return {};
        if (field.size() > length && (version == "00" || field[length] != '-')) return {};
        traceparent found;
        if (!take(found.trace_id_, field.substr(3, 32)) || !take(found.parent_id_, field.substr(36, 16)))
            return {};
        found.version_ = value_of(version);
        // Of a version that is not known here, only this bit has a meaning.
        found.flags_ = version == "00" ? value_of(flags) : value_of(flags) & sampled;
        return found;
    }

    /// 32 lower-case hexadecimal digits.
    [[nodiscard]] constexpr std::string_view trace_id() const noexcept
    {
        return {trace_id_, sizeof trace_id_};
    }
    /// 16 of them: the caller's span.
    [[nodiscard]] constexpr std::string_view parent_id() const noexcept
    {
        return {parent_id_, sizeof parent_id_};
    }
    /// Whether the caller may have recorded the trace.
    [[nodiscard]] constexpr bool is_sampled() const noexcept { return (flags_ & sampled) != 0; }
    /// Whether the trace's id is random (level 2).
    [[nodiscard]] constexpr bool is_random() const noexcept { return (flags_ & random) != 0; }
    [[nodiscard]] constexpr unsigned version() const noexcept { return version_; }

private:
    static constexpr std::size_t length = 55;
    static constexpr unsigned sampled = 1;
    static constexpr unsigned random = 2;

    constexpr traceparent() noexcept = default;

    static constexpr bool is_hex(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
    static constexpr bool is_hex(std::string_view pair) noexcept
    {
        return is_hex(pair[0]) && is_hex(pair[1]);
    }
    static constexpr unsigned value_of(char c) noexcept
    {
        return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    static constexpr unsigned value_of(std::string_view pair) noexcept
    {
        return value_of(pair[0]) * 16 + value_of(pair[1]);
    }

    /// False where `text` is no identifier, or 0.
    static constexpr bool take(char* id, std::string_view text) noexcept
    {
        unsigned wrong = 0;
        unsigned other_than_zero = 0;
        for (char const c : text) {  // without a branch, so that a compiler takes many at once
            auto const digit = static_cast<unsigned char>(c - '0');
            auto const letter = static_cast<unsigned char>(c - 'a');
            wrong |= static_cast<unsigned>(digit > 9) & static_cast<unsigned>(letter > 5);
            other_than_zero |= digit;
        }
        text.copy(id, text.size());
        return wrong == 0 && other_than_zero != 0;
    }

    char trace_id_[32]{};
    char parent_id_[16]{};
    unsigned version_ = 0;
    unsigned flags_ = 0;
};

}  // namespace iafmetrics::inline v0::http
