// SPDX-License-Identifier: Apache-2.0
// backoff: how long to wait before the next attempt.
#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace iafmetrics::kubernetes {

/// Delays that double up to a limit, each spread over [d, 2d) so that many clients do not return at once.
/// A time without attempts of four limits starts over, as reset() does.
class backoff {
public:
    using duration = std::chrono::milliseconds;
    using clock = std::chrono::steady_clock;

    backoff(duration base, duration limit) : base_(base), limit_(limit), next_(base) {}

    [[nodiscard]] duration next(clock::time_point now = clock::now())
    {
        if (now - last_ > 4 * limit_) reset();
        last_ = now;
        auto const delay = next_;
        next_ = std::min(limit_, next_ * 2);
        return delay + duration(std::uniform_int_distribution<duration::rep>(0, delay.count())(random_));
    }

    void reset() { next_ = base_; }

private:
    duration const base_;
    duration const limit_;
    duration next_;
    clock::time_point last_;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace iafmetrics::kubernetes
