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
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace iafmetrics::inline v0::http::detail {

/// The whole file, of at most `limit` bytes. Waits for nobody: what is no regular file, a FIFO for one, is refused.
/// Errors: std::runtime_error that names it and says why not; where a later try may do better, std::system_error: out of
///         descriptors, or written meanwhile, by its size and time of change.
inline std::string whole_file(std::string const& path, std::size_t limit = std::size_t{1} << 20U)
{
    auto const fail = [&](int reason) {
        throw std::system_error(reason, std::generic_category(), "cannot read " + path);
    };
    int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) fail(errno);
    std::string text;
    std::array<char, 4096> piece;
    struct ::stat before{};
    struct ::stat after{};
    int reason = ::fstat(file, &before) != 0 ? errno : 0;
    bool const is_regular = S_ISREG(before.st_mode);
    while (reason == 0 && is_regular) {
        ssize_t const got = ::read(file, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) reason = errno;
        if (got <= 0) break;
        text.append(piece.data(), static_cast<std::size_t>(got));
        if (text.size() > limit) reason = EFBIG;
        if (reason != 0) break;
    }
    if (reason == 0 && ::fstat(file, &after) != 0) reason = errno;
    bool const is_the_same = before.st_size == after.st_size &&
                             before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
                             before.st_mtim.tv_nsec == after.st_mtim.tv_nsec;
    if (reason == 0 && !is_the_same) reason = ETXTBSY;
    ::close(file);
    if (reason != 0) fail(reason);
    if (!is_regular) throw std::runtime_error("cannot read " + path + ": it is no regular file");
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
