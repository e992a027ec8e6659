// SPDX-License-Identifier: Apache-2.0
// watched_web_config: a web config file that is read again when it has changed. CMake target iafmetrics::web_config.
#pragma once

#include <iafmetrics/http/detail/watched_file.hpp>
#include <iafmetrics/http/web_config.hpp>

#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

namespace iafmetrics::inline v0::http {

/// A web config file that is read again when it has changed.
///
///     watched_web_config watched("/etc/shop/web.yml");
///     if (watched.refresh()) use(watched.now());
///
/// A new version that breaks a rule changes nothing: the one before stays, and error() says why until there is a good one.
/// A file of which a half is written can read as a good one that asks for less, no users for one: compare before you open.
///
/// Threads: any. Errors: the constructor throws what web_config::read does; nothing later.
class watched_web_config {
public:
    explicit watched_web_config(std::string path) : file_(std::move(path))
    {
        (void)file_.has_changed();
        now_ = std::make_shared<web_config const>(web_config::read(file_.path()));
    }

    /// Looks at the file. True where it has changed, to a good version or a bad one: error() tells. What could not be read
    /// is read again at the next look.
    bool refresh()
    {
        std::lock_guard const lock(mutex_);
        if (!file_.has_changed()) return false;
        try {
            now_ = std::make_shared<web_config const>(web_config::read(file_.path()));
            error_.clear();
        } catch (std::system_error const& error) {  // out of descriptors perhaps: it is read again
            file_.look_again();
            std::string const before = std::exchange(error_, error.what());
            return error_ != before;
        } catch (std::exception const& error) {
            error_ = error.what();
        }
        return true;
    }

    [[nodiscard]] std::shared_ptr<web_config const> now() const
    {
        std::lock_guard const lock(mutex_);
        return now_;
    }

    /// Why the file as it is now is not used; empty where it is.
    [[nodiscard]] std::string error() const
    {
        std::lock_guard const lock(mutex_);
        return error_;
    }

private:
    mutable std::mutex mutex_;
    detail::watched_file file_;
    std::shared_ptr<web_config const> now_;
    std::string error_;
};

}  // namespace iafmetrics::inline v0::http
