// SPDX-License-Identifier: Apache-2.0
// How many connections are open, over all threads and of each address.
#pragma once

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
        place(places& of, address const& peer) : of_{&of}, peer_{peer} {}
        place(place&& other) noexcept : of_{std::exchange(other.of_, nullptr)}, peer_{other.peer_} {}
        place& operator=(place&&) = delete;
        ~place() { give_back(); }

        void give_back() noexcept
        {
            if (auto* const of = std::exchange(of_, nullptr)) of->leave(peer_);
        }

    private:
        places* of_;
        address peer_;
    };

    // The most of all connections, and of one address; 0 of that: as many as there may be.
    places(std::size_t limit, std::size_t of_address) : limit_{limit}, of_address_{of_address} {}

    bool counts_addresses() const { return of_address_ != 0; }

    // Nothing where the address has all it may, or where all places are taken and make_room() gives none back.
    template <class MakeRoom>
    std::optional<place> take(address const& peer, MakeRoom make_room)
    {
        auto const network = network_of(peer);
        if (!enter(network)) return std::nullopt;
        place mine{*this, network};
        if (open_.fetch_add(1) >= limit_ && !make_room()) return std::nullopt;
        return mine;
    }

private:
    // Whoever has one IPv6 address has the 2^64 of its network.
    static address network_of(address const& peer)
    {
        if (!peer.is_v6()) return peer;
        auto bytes = peer.to_v6().to_bytes();
        if (peer.to_v6().is_v4_mapped()) return peer;
        for (std::size_t i = 8; i < bytes.size(); ++i)
            bytes[i] = 0;
        return boost::asio::ip::address_v6{bytes};
    }

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
        if (of_address_ == 0) return;
        std::lock_guard const lock{mutex_};
        auto const at = by_address_.find(peer);
        if (at != by_address_.end() && --at->second == 0) by_address_.erase(at);
    }

    std::size_t limit_;
    std::size_t of_address_;
    std::atomic<std::size_t> open_{0};
    std::mutex mutex_;
    std::map<address, std::size_t> by_address_;
};

}  // namespace iafmetrics::http_service::detail
