// SPDX-License-Identifier: Apache-2.0
// How much memory the bodies under way take, over all connections and threads.
#pragma once

#include <iafmetrics/up_down_counter.hpp>

#include <http_service/connection_metrics.hpp>

#include <atomic>
#include <cstddef>
#include <utility>

namespace iafmetrics::http_service::detail {

// Threads: any.
class body_budget {
public:
    // One body's, which grows while its bytes arrive. Threads: one at a time.
    class share {
    public:
        explicit share(body_budget& of) : of_{of} {}
        share(share const&) = delete;
        share& operator=(share const&) = delete;
        ~share() { give_back(); }

        std::size_t bytes() const { return bytes_; }

        // False, and as large as it was: the budget has not that much.
        bool grow_to(std::size_t bytes) noexcept
        {
            if (!of_.take(bytes - bytes_)) return false;
            bytes_ = bytes;
            return true;
        }

        void give_back() noexcept { of_.give_back(std::exchange(bytes_, 0)); }

    private:
        body_budget& of_;
        std::size_t bytes_ = 0;
    };

    body_budget(std::size_t limit, connection_metrics* shown) : limit_{limit}, shown_{shown} {}

private:
    bool take(std::size_t bytes) noexcept
    {
        if (taken_.fetch_add(bytes) + bytes > limit_) {
            taken_.fetch_sub(bytes);
            return false;
        }
        if (shown_ != nullptr) shown_->body_bytes().add(bytes);
        return true;
    }

    void give_back(std::size_t bytes) noexcept
    {
        if (bytes == 0) return;
        taken_.fetch_sub(bytes);
        if (shown_ != nullptr) shown_->body_bytes().sub(bytes);
    }

    std::size_t limit_;
    connection_metrics* shown_;
    std::atomic<std::size_t> taken_{0};
};

}  // namespace iafmetrics::http_service::detail
