// SPDX-License-Identifier: Apache-2.0
// The log of a program: one JSON object a line.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

namespace program {

enum class log_level { debug, info, warning, error };

/// "debug", "info", "warning" or "error".
std::string_view to_string(log_level) noexcept;

/// The inverse. Errors: std::invalid_argument("must be debug, info, warning or error, not …").
log_level parse_log_level(std::string_view);

/// One member of a log line: a text, a number or a truth value. Refers to the text; made where it is logged.
struct log_field {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value;

    log_field(std::string_view n, std::string_view v) : name(n), value(v) {}
    log_field(std::string_view n, std::string const& v) : name(n), value(std::string_view(v)) {}
    log_field(std::string_view n, char const* v) : name(n), value(std::string_view(v)) {}
    log_field(std::string_view n, std::same_as<bool> auto v) : name(n), value(v) {}
    log_field(std::string_view n, std::floating_point auto v) : name(n), value(static_cast<double>(v)) {}
    log_field(std::string_view n, std::signed_integral auto v) : name(n), value(std::int64_t{v}) {}
    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    log_field(std::string_view n, T v) : name(n), value(std::uint64_t{v})
    {}
};

/// Writes one JSON object a line:
///
///     log.info("listening", {{"address", "127.0.0.1"}, {"port", 8080}});
///     {"time":"2026-01-02T03:04:05.678Z","level":"info","component":"apiserver","message":"listening",…}
///
/// Threads: any; lines never mix. Cost: one write(2) a line; nothing below the level.
/// Errors: none. Each line is valid JSON whatever the bytes: broken UTF-8 becomes U+FFFD, and a line that
/// cannot be written is lost.
class log {
public:
    using fields = std::initializer_list<log_field>;

    /// `descriptor` stays the caller's.
    explicit log(std::string component, log_level least = log_level::info, int descriptor = 2);

    void debug(std::string_view message, fields more = {}) { write(log_level::debug, message, more); }
    void info(std::string_view message, fields more = {}) { write(log_level::info, message, more); }
    void warning(std::string_view message, fields more = {}) { write(log_level::warning, message, more); }
    void error(std::string_view message, fields more = {}) { write(log_level::error, message, more); }

    void write(log_level, std::string_view message, fields more = {});

private:
    std::string component_;
    log_level least_;
    int descriptor_;
    std::mutex writing_;
};

}  // namespace program
