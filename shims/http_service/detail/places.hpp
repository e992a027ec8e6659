// SPDX-License-Identifier: Apache-2.0
// How many connections are open, over all threads and of each address.
#pragma once

#include <iafmetrics/beast/detail/network_of.hpp>
#include <iafmetrics/up_down_counter.hpp>

#include <http_service/connection_metrics.hpp>

#include <boost/asio/ip/address.hpp>

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace iafmetrics::http_service::detail {

// Threads: any.
class places {
public:
    using address = boost::asio::ip::address;

    // One connection's, given back once.
    class place {
    public:
        place(places& of, address const& peer)
            : of_{&of}, peer_{peer}, is_over_{of.open_.fetch_add(1) >= of.limit_}
        {
            if (of.shown_ != nullptr) of.shown_->connections().increment();
        }
        place(place&& other) noexcept
            : of_{std::exchange(other.of_, nullptr)}, peer_{other.peer_}, is_over_{other.is_over_}
        {}
        place& operator=(place&&) = delete;
        ~place() { give_back(); }

        // All were taken when it came: another must be given back for it.
        bool is_over() const { return is_over_; }

        void give_back() noexcept
        {
            if (auto* const of = std::exchange(of_, nullptr)) of->leave(peer_);
        }

    private:
        places* of_;
        address peer_;
        bool is_over_;
    };

    // The most of all connections, and of one address; 0 of that: as many as there may be.
    places(std::size_t limit, std::size_t of_address, connection_metrics* shown)
        : limit_{limit}, of_address_{of_address}, shown_{shown}
    {}

    // Nothing where the address has all it may.
    std::optional<place> take(address const& peer)
    {
        auto const network = iafmetrics::beast::detail::network_of(peer);
        if (!enter(network)) return std::nullopt;
        return place{*this, network};
    }

private:
    bool enter(address const& peer)
    {
        if (of_address_ == 0) return true;
        std::lock_guard const lock{mutex_};
        auto const at = by_address_.try_emplace(peer).first;
        if (at->second >= of_address_) return false;
        ++at->second;
        return true;
    }

    void leave(address const& peer) noexcept
    {
        open_.fetch_sub(1);
        if (shown_ != nullptr) shown_->connections().decrement();
        if (of_address_ == 0) return;
        std::lock_guard const lock{mutex_};
        auto const at = by_address_.find(peer);
        if (at != by_address_.end() && --at->second == 0) by_address_.erase(at);
    }

    std::size_t limit_;
    std::size_t of_address_;
    connection_metrics* shown_;
    std::atomic<std::size_t> open_{0};
    std::mutex mutex_;
    std::map<address, std::size_t> by_address_;
};

}  // namespace iafmetrics::http_service::detail
