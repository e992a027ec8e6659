// SPDX-License-Identifier: Apache-2.0
// exemplar: labels of one observation, most often the trace that it belongs to.
#pragma once

#include <iafmetrics/detail/naming.hpp>
#include <iafmetrics/detail/utf8.hpp>

#include <time.h>

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0 {

/// The labels of an exemplar as a call site names them.
///
///     duration.observe(seconds, {{"trace_id", trace.trace_id()}});
///     failures.increment(1, {{"trace_id", id}, {"span_id", span}});
///
/// Names and values have 128 characters at most together (OpenMetrics 1.0), and 208 bytes as a page shows them.
using exemplar_labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

namespace detail {

/// Bytes of an exemplar's labels as a page shows them.
inline constexpr std::size_t longest_exemplar = 208;

/// An exemplar's labels as a page shows them, or nothing where no page can: a name that is none, the same name twice, a
/// value that is not UTF-8, more than 128 characters in names and values together (OpenMetrics 1.0), or more than
/// longest_exemplar bytes.
class exemplar_text {
public:
    explicit exemplar_text(exemplar_labels labels) noexcept
    {
        std::size_t characters = 0;
        for (auto const& [name, value] : labels) {
            is_right_ = is_right_ && is_label_name(name) && !is_taken(labels, name);
            if (!is_right_) return;
            if (size_ != 0) put(',');
            put(name);
            put('=');
            put('"');
            characters += name.size();
            if (is_plain(value)) [[likely]] {
                characters += value.size();
                put(value);
            } else {
                is_right_ = is_right_ && is_valid_utf8(value);
                characters += characters_of(value);
                for (char const c : value)
                    put_escaped(c);
            }
            put('"');
        }
        is_right_ = is_right_ && size_ != 0 && characters <= most_characters;
    }

    [[nodiscard]] bool is_right() const noexcept { return is_right_; }
    [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }

private:
    static constexpr std::size_t most_characters = 128;

    static bool is_taken(exemplar_labels labels, std::string_view name) noexcept
    {
        int times = 0;
        for (auto const& label : labels)
            times += label.first == name ? 1 : 0;
        return times > 1;
    }

    static std::size_t characters_of(std::string_view value) noexcept
    {
        std::size_t count = 0;
        for (char const c : value)
            count += (static_cast<unsigned char>(c) & 0xC0U) == 0x80U ? 0 : 1;
        return count;
    }

    /// ASCII of which nothing is escaped: what an identifier is.
    static bool is_plain(std::string_view value) noexcept
    {
        bool is_other = false;
        for (char const c : value)
            is_other |= c < ' ' || c == '"' || c == '\\';
        return !is_other;
    }

    void put(std::string_view part) noexcept
    {
        if (part.size() > text_.size() - size_)
            is_right_ = false;
        else
            size_ += part.copy(text_.data() + size_, part.size());
    }
    void put(char c) noexcept
    {
        if (size_ == text_.size())
            is_right_ = false;
        else
            text_[size_++] = c;
    }
    void put_escaped(char c) noexcept
    {
        if (c == '\\' || c == '"' || c == '\n') put('\\');
        put(c == '\n' ? 'n' : c);
    }

    std::array<char, longest_exemplar> text_;
    std::size_t size_ = 0;
    bool is_right_ = true;
};

/// Seconds since 1970, to the tick of the coarse clock.
inline double exemplar_time() noexcept
{
    ::timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace detail
}  // namespace iafmetrics::inline v0
