// SPDX-License-Identifier: Apache-2.0
// Uploaded archives on disk, each under the SHA-256 of its content.
#pragma once

#include <platform/applications.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string_view>

namespace platform {

/// A directory of archives: <root>/sha256/<first two digits>/<digest>.
///
/// A file appears under its name only when it is whole and on disk; the same content is stored once. What was
/// left half-written by a crash is removed by a later start.
///
/// Threads: any.  Cost: put() writes and syncs: call it off the event loop.
/// Errors:  the constructor throws std::runtime_error that names the directory and the reason.
class source_store {
public:
    explicit source_store(std::filesystem::path root);

    /// Stores an archive; 507 when the disk does not take it.
    result<source> put(std::string_view archive);

    /// The sizes of all archives, those of earlier runs included.
    std::uint64_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }

private:
    void sweep();
    std::filesystem::path store(std::string_view archive, std::string const& digest);

    std::filesystem::path root_;
    std::mutex writing_;  ///< one archive at a time: two uploads of the same content are counted once
    std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace platform
