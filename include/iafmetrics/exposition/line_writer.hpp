// SPDX-License-Identifier: Apache-2.0
// line_writer: the sample lines that the text formats have in common.
#pragma once

#include <iafmetrics/exposition/number_text.hpp>
#include <iafmetrics/exposition/piece_buffer.hpp>
#include <iafmetrics/number.hpp>

#include <concepts>
#include <cstddef>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::exposition {

/// Bounds of buckets as a format writes them. Series of a family have the same: their text is made once.
class bound_texts {
public:
    /// `text_of` makes a bound's text, that of +Inf among them.
    template <class TextOf>
    [[nodiscard]] std::vector<std::string> const& of(std::span<double const> bounds, TextOf const& text_of)
    {
        if (has(bounds)) return texts_;
        bounds_.assign(bounds.begin(), bounds.end());
        texts_.clear();
        for (double const bound : bounds)
            texts_.push_back(text_of(bound));
        texts_.push_back(text_of(std::numeric_limits<double>::infinity()));
        return texts_;
    }

private:
    /// By their bits: -0 is written otherwise than 0.
    [[nodiscard]] bool has(std::span<double const> bounds) const noexcept
    {
        return texts_.size() == bounds.size() + 1 &&
               (bounds.empty() || std::memcmp(bounds.data(), bounds_.data(), bounds.size_bytes()) == 0);
    }

    std::vector<double> bounds_;
    std::vector<std::string> texts_;
};

/// Cost:   a copy of the labels and the digits; no allocation per series.
/// Errors: what the sink throws passes.
template <std::invocable<std::string_view> Sink>
class line_writer {
public:
    explicit line_writer(Sink sink) : page_(std::move(sink)) {}

    /// The lines that follow are of this name. A piece ends with a whole line, unless a line is longer than a piece:
    /// `head` is how much append() is going to write. A name that needs quotes stands in braces with the labels.
    void begin(std::string_view name, std::size_t head, bool needs_quotes = false)
    {
        longest_ = needs_quotes ? 0 : page_.piece;
        if (needs_quotes)
            quote(name);
        else
            title_ = name_ = name;
        (void)page_.room(head < page_.piece ? head : page_.piece);
    }
    /// The name as the lines about it have it.
    [[nodiscard]] std::string const& title() const noexcept { return title_; }

    void append(std::string_view text) { page_.append(text); }
    /// With backslash and line feed escaped, and the quote where the format asks for it.
    void append_escaped(std::string_view text, bool escapes_quote)
    {
        for (char const& c : text)
            page_.append(c == '\\'                   ? "\\\\"
                         : c == '\n'                 ? "\\n"
                         : escapes_quote && c == '"' ? "\\\""
                                                     : std::string_view(&c, 1));
    }

    /// `extra` is the label that only this line has: a bucket's bound, a summary's quantile. `end` ends the line.
    [[gnu::always_inline]] void sample(std::string_view suffix,
                                       std::string_view labels,
                                       std::string_view extra,
                                       number now,
                                       std::string_view end = "\n")
    {
        std::size_t const size =
            name_.size() + suffix.size() + labels.size() + extra.size() + end.size() + 4 + longest_number;
        if (size > longest_) [[unlikely]]
            return long_sample(suffix, labels, extra, now, end);
        char* at = page_.room(size);
        at = copy(at, name_);
        at = copy(at, suffix);
        if (!labels.empty() || !extra.empty()) {
            *at++ = '{';
            at = copy(at, labels);
            if (!labels.empty() && !extra.empty()) *at++ = ',';
            at = copy(at, extra);
            *at++ = '}';
        }
        *at++ = ' ';
        at = write_number(at, now);
        at = copy(at, end);
        page_.wrote(at);
    }

    /// A line whose value is a text of less than `room` bytes: `write(char* at)` returns its end.
    template <class Write>
    void text_sample(std::string_view labels, std::size_t room, Write const& write, std::string_view end)
    {
        std::size_t const size = name_.size() + labels.size() + room + end.size() + 4;
        if (size > longest_) [[unlikely]] {
            std::string text(room, '\0');
            text.resize(static_cast<std::size_t>(write(text.data()) - text.data()));
            return this->write({}, labels, {}, text, end);
        }
        char* at = page_.room(size);
        at = copy(at, name_);
        if (!labels.empty()) {
            *at++ = '{';
            at = copy(at, labels);
            *at++ = '}';
        }
        *at++ = ' ';
        page_.wrote(copy(write(at), end));
    }

    /// Hands the last piece to the sink.
    void flush() { page_.flush(); }

private:
    [[gnu::noinline, gnu::cold]] void long_sample(std::string_view suffix,
                                                  std::string_view labels,
                                                  std::string_view extra,
                                                  number now,
                                                  std::string_view end)
    {
        number_text const text(now);
        write(suffix, labels, extra, text.view(), end);
    }

    void write(std::string_view suffix,
               std::string_view labels,
               std::string_view extra,
               std::string_view value,
               std::string_view end)
    {
        bool const is_quoted = longest_ == 0;
        bool const is_labelled = !labels.empty() || !extra.empty();
        std::string_view const before = is_quoted ? (is_labelled ? "\"," : "\"") : is_labelled ? "{" : "";
        std::size_t const size = name_.size() + suffix.size() + before.size() + labels.size() + extra.size() +
                                 value.size() + end.size() + 4;
        (void)page_.room(size < page_.piece ? size : page_.piece);
        for (std::string_view const part :
             {std::string_view(name_), suffix, before, labels,
              std::string_view(!labels.empty() && !extra.empty() ? "," : ""), extra,
              std::string_view(is_quoted || is_labelled ? "} " : " "), value, end})
            page_.append(part);
    }

    /// Its samples begin with it in braces, and close the quotes behind their suffix.
    void quote(std::string_view name)
    {
        name_ = "{\"";
        for (char const c : name) {
            if (c == '\\' || c == '"' || c == '\n') name_ += '\\';
            name_ += c == '\n' ? 'n' : c;
        }
        title_ = name_.substr(1) + '"';
    }

    piece_buffer<Sink> page_;
    std::string name_;
    std::string title_;
    /// The longest line that sample() writes at once; 0 where the name is quoted.
    std::size_t longest_ = piece_buffer<Sink>::piece;
};

}  // namespace iafmetrics::inline v0::exposition
