// SPDX-License-Identifier: Apache-2.0
// How long threads waited for a core: what others did to a measurement, and no lock of ours does.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

namespace waiting {

/// The second number of a schedstat file: nanoseconds in which a thread was ready to run and had no core.
inline std::optional<double> nanoseconds_in(std::filesystem::path const& schedstat)
{
    int const file = ::open(schedstat.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return std::nullopt;
    std::array<char, 64> text{};
    ssize_t const size = ::read(file, text.data(), text.size() - 1);
    ::close(file);
    if (size <= 0) return std::nullopt;
    char* end = nullptr;
    std::strtoull(text.data(), &end, 10);
    return static_cast<double>(std::strtoull(end, nullptr, 10));
}

/// Of the calling thread; nothing where the kernel does not say.
inline std::optional<double> of_thread() { return nanoseconds_in("/proc/thread-self/schedstat"); }

/// Of all threads that the process has now; nothing where the kernel does not say.
inline std::optional<double> of_process()
{
    if (!of_thread()) return std::nullopt;
    double sum = 0;
    std::error_code gone;
    for (auto const& task : std::filesystem::directory_iterator("/proc/self/task", gone))
        sum += nanoseconds_in(task.path() / "schedstat").value_or(0);
    return sum;
}

}  // namespace waiting
