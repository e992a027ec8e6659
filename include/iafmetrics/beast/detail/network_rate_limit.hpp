// SPDX-License-Identifier: Apache-2.0
// network_rate_limit: a rate for each network, so that none uses up another's.
#pragma once

#include <iafmetrics/http/rate_limit.hpp>
#include <iafmetrics/steady_clock.hpp>

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <iterator>
#include <list>
#include <map>
#include <mutex>
#include <utility>

namespace iafmetrics::inline v0::beast::detail {

/// A bucket for each of the networks that asked last, at most 4096 of them, which is less than 1 MB: a new one takes the
/// place of the one that has been silent for longest, whose bucket is the likeliest to be full again.
///
///     network_rate_limit limit({.interval = 100ms, .burst = 20});
///     if (!limit.take(network_of(peer))) …                     // 429
///
/// Threads: any.
/// Cost:    without an interval nothing; else a lock, a look-up and that of rate_limit.
/// Errors:  those of rate_limit.
class network_rate_limit {
public:
    using address = boost::asio::ip::address;

    explicit network_rate_limit(http::rate_limit_options options,
                                chosen_clock clock = steady_clock(),
                                std::size_t most_networks = 4096)
        : options_(options), clock_(clock), most_(most_networks)
    {
        (void)http::rate_limit(options, clock);  // refuses what would let nothing pass
    }

    /// Takes one of the network's tokens; false where there is none.
    [[nodiscard]] bool take(address const& network)
    {
        if (options_.interval.count() == 0) return true;
        std::lock_guard const lock(mutex_);
        return bucket_of(network).limit.take();
    }

    [[nodiscard]] http::rate_limit_options const& options() const noexcept { return options_; }

private:
    struct bucket {
        bucket(address whose, http::rate_limit_options options, chosen_clock clock)
            : network(std::move(whose)), limit(options, clock)
        {}

        address network;
        http::rate_limit limit;
    };

    bucket& bucket_of(address const& network)
    {
        auto const found = by_network_.find(network);
        if (found != by_network_.end()) {
            buckets_.splice(buckets_.end(), buckets_, found->second);
            return *found->second;
        }
        if (buckets_.size() == most_) {
            by_network_.erase(buckets_.front().network);
            buckets_.pop_front();
        }
        bucket& made = buckets_.emplace_back(network, options_, clock_);
        try {
            by_network_.emplace(network, std::prev(buckets_.end()));
        } catch (...) {
            buckets_.pop_back();
            throw;
        }
        return made;
    }

    http::rate_limit_options const options_;
    chosen_clock const clock_;
    std::size_t const most_;
    std::mutex mutex_;
    std::list<bucket> buckets_;  // in the order of their last request
    std::map<address, std::list<bucket>::iterator> by_network_;
};

}  // namespace iafmetrics::inline v0::beast::detail
