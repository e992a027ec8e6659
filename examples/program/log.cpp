// SPDX-License-Identifier: Apache-2.0
#include <program/json_line.hpp>
#include <program/log.hpp>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace program {
namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};

void append_time(std::string& out, std::chrono::system_clock::time_point now)
{
    auto const since_epoch = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count();
    std::time_t const seconds = since_epoch / 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[32];
    std::size_t const length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    out.append(text, length);
    std::snprintf(text, sizeof text, ".%03dZ", static_cast<int>(since_epoch % 1000));
    out += text;
}

void append_value(std::string& out, log_field const& field)
{
    std::visit(
        [&](auto value) {
            using type = decltype(value);
            if constexpr (std::is_same_v<type, std::string_view>)
                append_json_string(out, value);
            else if constexpr (std::is_same_v<type, bool>)
                out += value ? "true" : "false";
            else if constexpr (std::is_same_v<type, double>)
                append_json_number(out, value);
            else
                out += std::to_string(value);
        },
        field.value);
}

void write_all(int descriptor, std::string_view text)
{
    while (!text.empty()) {
        ssize_t const written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

std::string_view to_string(log_level level) noexcept { return level_names[static_cast<std::size_t>(level)]; }

log_level parse_log_level(std::string_view text)
{
    for (std::size_t i = 0; i != level_names.size(); ++i) {
        if (level_names[i] == text) return static_cast<log_level>(i);
    }
    throw std::invalid_argument("must be debug, info, warning or error, not \"" + std::string(text) + '"');
}

log::log(std::string component, log_level least, int descriptor)
    : component_(std::move(component)), least_(least), descriptor_(descriptor)
{}

void log::write(log_level level, std::string_view message, fields more)
{
    if (level < least_) return;
    std::string line = R"({"time":")";
    append_time(line, std::chrono::system_clock::now());
    line += R"(","level":")";
    line += to_string(level);
    line += R"(","component":)";
    append_json_string(line, component_);
    line += R"(,"message":)";
    append_json_string(line, message);
    for (log_field const& field : more) {
        line += ',';
        append_json_string(line, field.name);
        line += ':';
        append_value(line, field);
    }
    line += "}\n";
    std::lock_guard const lock(writing_);
    write_all(descriptor_, line);
}

}  // namespace program
