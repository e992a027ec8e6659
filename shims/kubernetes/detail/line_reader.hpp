// SPDX-License-Identifier: Apache-2.0
// line_reader: whole lines out of bytes that come in pieces.
#pragma once

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
        begin_ = 0;
        pending_ += bytes;
        return pending_.size() - (pending_.rfind('\n') + 1) <= limit_;  // npos + 1 is 0
    }

    /// The next whole line, valid until the next add().
    [[nodiscard]] std::optional<std::string_view> next()
    {
        for (;;) {
            auto const end = pending_.find('\n', begin_);
            if (end == std::string::npos) return std::nullopt;
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
    std::size_t begin_ = 0;
};

}  // namespace iafmetrics::kubernetes::detail
