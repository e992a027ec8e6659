// SPDX-License-Identifier: Apache-2.0
// line_reader: whole lines out of bytes that come in pieces.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace iafmetrics::kubernetes::detail {

/// Lines of a stream that is cut anywhere. Empty lines are skipped, a carriage return at the end is dropped.
class line_reader {
public:
    explicit line_reader(std::size_t limit) : limit_(limit) {}

    /// Takes more bytes. False when the line under way is longer than the limit: the stream is unusable.
    [[nodiscard]] bool add(std::string_view bytes)
    {
        pending_.erase(0, begin_);
        searched_ -= std::min(searched_, begin_);
        begin_ = 0;
        pending_ += bytes;
        auto const end = bytes.rfind('\n');
        under_way_ = end == std::string_view::npos ? under_way_ + bytes.size() : bytes.size() - end - 1;
        return under_way_ <= limit_;
    }

    /// The next whole line, valid until the next add().
    [[nodiscard]] std::optional<std::string_view> next()
    {
        for (;;) {
            auto const end = pending_.find('\n', std::max(begin_, searched_));
            if (end == std::string::npos) {
                searched_ = pending_.size();  // each byte is looked at once, however long the line gets
                return std::nullopt;
            }
            std::string_view line(pending_.data() + begin_, end - begin_);
            begin_ = end + 1;
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (!line.empty()) return line;
        }
    }

    /// Bytes of a line that has not ended.
    [[nodiscard]] std::size_t unfinished() const { return pending_.size() - begin_; }

private:
    std::size_t const limit_;
    std::string pending_;
    std::size_t begin_ = 0;      // of the line under way
    std::size_t searched_ = 0;   // no line ends before this
    std::size_t under_way_ = 0;  // bytes after the last end of a line
};

}  // namespace iafmetrics::kubernetes::detail
