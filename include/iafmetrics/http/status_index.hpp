// SPDX-License-Identifier: Apache-2.0
// status_index: how a request ended, as a place in a table: its status, or why it has none.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <string_view>

namespace iafmetrics::inline v0::http {

/// A response's status, 100 to 599, or one of the outcomes that have no status:
///
///     aborted         the peer was gone, or the request given up, before a response
///     timeout         the stream's deadline passed before a response
///     connect_error   outgoing: no connection, so that the request was never sent
///
/// A response that a server gives because of a timeout has its own status: 408, 503, 504.
class status_index {
public:
    static constexpr std::size_t aborted = 500;
    static constexpr std::size_t timeout = 501;
    static constexpr std::size_t connect_error = 502;
    static constexpr std::size_t size = 503;

    /// A number outside 100…599 is no status and counts as 500: the server made it.
    [[nodiscard]] static constexpr std::size_t of(unsigned status) noexcept
    {
        return status < 100 || status > 599 ? std::size_t{400} : std::size_t{status} - 100;
    }

    /// 100 Continue, 103 Early Hints: the response is yet to come. 101 is the response.
    [[nodiscard]] static constexpr bool is_interim(std::size_t status) noexcept
    {
        return status < of(200) && status != of(101);
    }
};

/// The text of a status_index: "200", "aborted".
class status_label {
public:
    explicit status_label(std::size_t status) noexcept
    {
        switch (status) {
        case status_index::aborted: text_ = "aborted"; break;
        case status_index::timeout: text_ = "timeout"; break;
        case status_index::connect_error: text_ = "connect_error"; break;
        default:
            (void)std::to_chars(digits_.data(), digits_.data() + digits_.size(), status + 100);
            text_ = {digits_.data(), digits_.size()};
        }
    }
    status_label(status_label const&) = delete;
    status_label& operator=(status_label const&) = delete;

    [[nodiscard]] std::string_view view() const noexcept { return text_; }

private:
    std::array<char, 3> digits_{};
    std::string_view text_;
};

}  // namespace iafmetrics::inline v0::http
