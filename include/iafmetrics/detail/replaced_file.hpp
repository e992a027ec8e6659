// SPDX-License-Identifier: Apache-2.0
// replaced_file: a file that is replaced whole, or stays as it was.
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0::detail {

/// Written beside the file, under a name that begins with a dot and ends in six letters by chance, then renamed over it.
/// Destroyed without commit(), it leaves the file as it was, and nothing beside it.
///
/// Errors: the first errno; all that follows does nothing.
class replaced_file {
public:
    explicit replaced_file(std::string const& path) : path_(path)
    {
        std::size_t const name = path.rfind('/') + 1;  // 0 where there is none
        written_ = path.substr(0, name) + '.' + path.substr(name) + ".XXXXXX";
        descriptor_ = ::mkostemp(written_.data(), O_CLOEXEC);
        if (descriptor_ < 0) error_ = errno;
    }
    replaced_file(replaced_file const&) = delete;
    replaced_file& operator=(replaced_file const&) = delete;
    ~replaced_file()
    {
        if (descriptor_ < 0) return;
        ::close(descriptor_);
        if (!is_in_place_) ::unlink(written_.c_str());
    }

    void write(std::string_view piece) noexcept
    {
        while (error_ == 0 && !piece.empty()) {
            ::ssize_t const done = ::write(descriptor_, piece.data(), piece.size());
            if (done >= 0)
                piece.remove_prefix(static_cast<std::size_t>(done));
            else if (errno != EINTR)
                error_ = errno;
        }
    }

    /// Puts it in its place. Returns 0, or the errno of what failed.
    [[nodiscard]] int commit(::mode_t mode, bool is_synced) noexcept
    {
        if (error_ == 0 && ::fchmod(descriptor_, mode) != 0) error_ = errno;
        if (error_ == 0 && is_synced && ::fsync(descriptor_) != 0) error_ = errno;
        if (error_ == 0 && ::rename(written_.c_str(), path_.c_str()) != 0) error_ = errno;
        is_in_place_ = error_ == 0;
        return error_;
    }

private:
    std::string path_;
    std::string written_;
    int descriptor_ = -1;
    int error_ = 0;
    bool is_in_place_ = false;
};

}  // namespace iafmetrics::inline v0::detail
