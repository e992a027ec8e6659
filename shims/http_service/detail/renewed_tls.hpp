// SPDX-License-Identifier: Apache-2.0
// TLS whose files may change while the server runs.
#pragma once

#include <http_service/certificate_metrics.hpp>
#include <http_service/detail/tls_context.hpp>

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace iafmetrics::http_service::detail {

// Threads: current() from any; look() from one at a time.
// Errors:  of the constructor, as of tls_context. A renewal that cannot be used leaves what was there, is logged once
//          for each reason, and is tried again at each look().
class renewed_tls {
public:
    using log = std::function<void(std::string_view)>;

    renewed_tls(tls_options options, log told, certificate_metrics* metrics);

    std::shared_ptr<tls_context const> current() const;

    // Costs a stat() of each file; reads them where one is another than before, or where they are others from now on.
    void look(std::optional<tls_options> changed = {});

private:
    struct stamp {
        ino_t inode = 0;
        off_t size = 0;
        std::int64_t modified = 0;  // nanoseconds
        bool operator==(stamp const&) const = default;
    };
    using stamps = std::array<stamp, 3>;

    static stamp stamp_of(std::string const& file);
    stamps now() const;

    tls_options options_;
    log told_;
    certificate_metrics* metrics_;
    std::optional<stamps> used_;  // none: since the options changed
    std::string failure_;
    std::mutex mutable mutex_;  // of current_, for as long as it takes to copy a pointer
    std::shared_ptr<tls_context const> current_;
};

}  // namespace iafmetrics::http_service::detail
