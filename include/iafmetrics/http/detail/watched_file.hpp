// SPDX-License-Identifier: Apache-2.0
// watched_file: a file that is read again when it has changed.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace iafmetrics::inline v0::http::detail {

/// The whole file, of at most `limit` bytes. Errors: std::system_error that names it and says why not.
inline std::string whole_file(std::string const& path, std::size_t limit = std::size_t{1} << 20U)
{
    auto const fail = [&](int reason) {
        throw std::system_error(reason, std::generic_category(), "cannot read " + path);
    };
    int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) fail(errno);
    std::string text;
    std::array<char, 4096> piece;
    int reason = 0;
    for (;;) {
        ssize_t const got = ::read(file, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) reason = errno;
        if (got <= 0) break;
        text.append(piece.data(), static_cast<std::size_t>(got));
        if (text.size() > limit) reason = EFBIG;
        if (reason != 0) break;
    }
    ::close(file);
    if (reason != 0) fail(reason);
    return text;
}

/// Tells whether a file is another than it was: by its inode, size, and times of change to the nanosecond, through
/// symbolic links, as the volumes of Kubernetes are renewed. A system call of a microsecond.
class watched_file {
public:
    explicit watched_file(std::string path) : path_(std::move(path)) {}

    [[nodiscard]] std::string const& path() const noexcept { return path_; }

    /// True at the first call, and then once for each change; for a file that goes or comes too.
    [[nodiscard]] bool has_changed()
    {
        struct ::stat now{};
        state seen{};
        if (::stat(path_.c_str(), &now) == 0)
            seen = {now.st_ino,          now.st_dev,         now.st_size,        now.st_mtim.tv_sec,
                    now.st_mtim.tv_nsec, now.st_ctim.tv_sec, now.st_ctim.tv_nsec};
        if (last_ == seen) return false;
        last_ = seen;
        return true;
    }

    /// What it is now could not be read, out of descriptors perhaps: the next has_changed() is true again.
    void look_again() noexcept { last_.reset(); }

private:
    struct state {
        ::ino_t inode = 0;
        ::dev_t device = 0;
        ::off_t size = -1;
        std::int64_t modified = 0;
        std::int64_t modified_nanoseconds = 0;
        std::int64_t changed = 0;
        std::int64_t changed_nanoseconds = 0;
        bool operator==(state const&) const = default;
    };

    std::string path_;
    std::optional<state> last_;
};

}  // namespace iafmetrics::inline v0::http::detail
