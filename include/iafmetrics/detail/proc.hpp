// SPDX-License-Identifier: Apache-2.0
// proc: what Linux tells about this process. Every function answers nothing where the system does.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0::detail {

/// A whole small file; empty where it cannot be read.
inline std::string read_file(char const* path)
{
    std::string text;
    int const file = ::open(path, O_RDONLY | O_CLOEXEC);  // NOLINT(cppcoreguidelines-pro-type-vararg)
    if (file < 0) return text;
    char piece[4096];
    for (;;) {
        ssize_t const got = ::read(file, piece, sizeof piece);
        if (got <= 0) break;
        text.append(piece, static_cast<std::size_t>(got));
    }
    ::close(file);
    return text;
}

/// The number at the start of `text`, blanks before it skipped.
inline std::optional<std::uint64_t> leading_number(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return std::nullopt;
    return value;
}

/// The number that follows `key` in a file of lines such as /proc/self/status.
inline std::optional<std::uint64_t> number_after(std::string_view text, std::string_view key)
{
    std::size_t const at = text.find(key);
    if (at == std::string_view::npos) return std::nullopt;
    return leading_number(text.substr(at + key.size()));
}

/// A value of /proc/net/netstat, where each group has a line of keys and then a line of values.
inline std::optional<std::uint64_t>
netstat_value(std::string_view text, std::string_view group, std::string_view key)
{
    auto const take = [](std::string_view& from, char until) {
        std::string_view const part = from.substr(0, from.find(until));
        from.remove_prefix(part.size() == from.size() ? part.size() : part.size() + 1);
        return part;
    };
    while (!text.empty()) {
        std::string_view keys = take(text, '\n');
        if (take(keys, ' ') != group) continue;
        std::string_view values = take(text, '\n');
        take(values, ' ');
        while (!keys.empty() && !values.empty()) {
            std::string_view const value = take(values, ' ');
            if (take(keys, ' ') == key) return leading_number(value);
        }
    }
    return std::nullopt;
}

/// Fields of /proc/self/stat (proc(5)).
struct process_stat {
    std::uint64_t cpu_ticks;  // user and system
    std::uint64_t threads;
    std::uint64_t start_ticks;  // since boot
    std::uint64_t virtual_bytes;
    std::uint64_t resident_pages;
};

/// Parses from behind the last ')': the second field is the program's name, which may hold blanks and
/// parentheses.
inline std::optional<process_stat> parse_process_stat(std::string_view text)
{
    std::size_t const name_end = text.rfind(')');
    if (name_end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(name_end + 1);
    std::uint64_t field[25]{};
    for (int number = 3; number != 25; ++number) {
        while (!text.empty() && text.front() == ' ')
            text.remove_prefix(1);
        if (text.empty()) return std::nullopt;
        std::size_t const length = text.find(' ');
        field[number] = leading_number(text.substr(0, length)).value_or(0);  // field 3 is a letter
        text.remove_prefix(length == std::string_view::npos ? text.size() : length);
    }
    return process_stat{field[14] + field[15], field[20], field[22], field[23], field[24]};
}

inline std::optional<process_stat> read_process_stat()
{
    return parse_process_stat(read_file("/proc/self/stat"));
}

inline double ticks_per_second() { return static_cast<double>(::sysconf(_SC_CLK_TCK)); }
inline std::uint64_t page_size() { return static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)); }

/// Seconds since the epoch.
inline std::optional<std::uint64_t> boot_time() { return number_after(read_file("/proc/stat"), "btime "); }

inline std::optional<std::uint64_t> data_segment_bytes()
{
    auto const kibibytes = number_after(read_file("/proc/self/status"), "VmData:");
    if (!kibibytes) return std::nullopt;
    return *kibibytes * 1024;
}

/// Linux 6.2 and newer tell the number as the folder's size; older ones are counted, without the folder's own
/// handle.
inline std::optional<std::uint64_t> open_file_descriptors()
{
    struct ::stat folder{};
    if (::stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0)
        return static_cast<std::uint64_t>(folder.st_size);
    DIR* const entries = ::opendir("/proc/self/fd");
    if (entries == nullptr) return std::nullopt;
    std::uint64_t count = 0;
    while (dirent const* const entry =
               ::readdir(entries))  // NOLINT(concurrency-mt-unsafe): the handle is our own
        if (entry->d_name[0] != '.') ++count;
    ::closedir(entries);
    return count - 1;
}

/// The soft limit; nothing where there is none.
inline std::optional<std::uint64_t> soft_limit(int resource)
{
    rlimit limit{};
    if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) != 0 ||
        limit.rlim_cur == RLIM_INFINITY)
        return std::nullopt;
    return limit.rlim_cur;
}
inline std::optional<std::uint64_t> file_descriptor_limit() { return soft_limit(RLIMIT_NOFILE); }
inline std::optional<std::uint64_t> address_space_limit() { return soft_limit(RLIMIT_AS); }

}  // namespace iafmetrics::inline v0::detail
