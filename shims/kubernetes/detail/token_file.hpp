// SPDX-License-Identifier: Apache-2.0
// token_file: a bearer token that is rotated on disk.
#pragma once

#include <chrono>
#include <string>

namespace iafmetrics::kubernetes::detail {

/// The token in a file, read again a minute after it was read. A file that cannot be read then leaves the
/// token that was there before, which the server judges.
/// Errors: the constructor throws std::runtime_error where the first reading fails.
class token_file {
public:
    using clock = std::chrono::steady_clock;

    explicit token_file(std::string file);

    /// Empty where there is no file.
    [[nodiscard]] std::string const& token(clock::time_point now = clock::now());

private:
    [[nodiscard]] bool read();

    std::string const file_;
    std::string token_;
    clock::time_point read_at_;
};

}  // namespace iafmetrics::kubernetes::detail
