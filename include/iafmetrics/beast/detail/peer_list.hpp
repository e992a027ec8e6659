// SPDX-License-Identifier: Apache-2.0
// peer_list: the open connections of a small server, so that one that waits makes room for another.
#pragma once

#include <iafmetrics/beast/detail/network_of.hpp>
#include <iafmetrics/beast/detail/turns.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <cstddef>
#include <list>
#include <map>
#include <tuple>
#include <utility>

namespace iafmetrics::inline v0::beast::detail {

struct peer {
    using time_point = turns::clock::time_point;

    boost::beast::tcp_stream stream;
    turns::address network;
    bool is_silent = true;  // between two requests, within one that is being read, or amid a few lines to it
    turn* in_line = nullptr;                     // its request waits for this one
    time_point reads_until = time_point::max();  // its page, before others
};

/// In the order of their last request. Threads: one.
class peer_list {
public:
    using address = turns::address;

    [[nodiscard]] std::size_t size() const noexcept { return peers_.size(); }

    /// Closes one for a newcomer: of the networks that have most, the one that has been silent for longest, or else one
    /// that should have read its page by now, or else the last in line. No network takes from one that has fewer, a page
    /// only from one that has more, and a place in line only from one that has more afterwards too. False: there is none.
    bool make_room_for(address const& newcomer)
    {
        std::size_t const own = size_of(newcomer);
        auto const now = turns::clock::now();
        peer* found = nullptr;
        auto const weight = [&](peer const& one) {
            return std::tuple(size_of(one.network), one.is_silent, one.in_line == nullptr);
        };
        for (peer& one : peers_) {
            std::size_t const theirs = size_of(one.network);
            bool const should_have_read = one.reads_until <= now;
            bool const may_go = one.is_silent      ? theirs >= own
                                : should_have_read ? theirs > own
                                                   : one.in_line != nullptr && theirs > own + 1;
            if (!may_go) continue;
            bool const is_later_in_line =
                found != nullptr && one.in_line != nullptr && weight(one) == weight(*found);
            if (found == nullptr || weight(one) > weight(*found) || is_later_in_line) found = &one;
        }
        return close(found);
    }

    /// Closes the one that has been silent for longest; what it awaits then ends with an error. False: there is none.
    bool close_silent()
    {
        for (peer& one : peers_)
            if (one.is_silent) return close(&one);
        return false;
    }

private:
    friend class peer_place;

    [[nodiscard]] std::size_t size_of(address const& network) const
    {
        auto const at = of_network_.find(network);
        return at == of_network_.end() ? 0 : at->second;
    }

    static bool close(peer* one)
    {
        if (one == nullptr) return false;
        one->is_silent = false;
        one->reads_until = peer::time_point::max();
        if (one->in_line != nullptr) std::exchange(one->in_line, nullptr)->lose_place();
        one->stream.close();
        return true;
    }

    std::list<peer> peers_;
    std::map<address, std::size_t> of_network_;
};

/// A connection's place in the list, given up however its session ends. Lifetime: shorter than the list's.
class peer_place {
public:
    peer_place(peer_list& list, boost::asio::ip::tcp::socket socket, turns::address const& network)
        : list_(&list), at_(list.peers_.insert(list.peers_.end(),
                                               peer{boost::beast::tcp_stream(std::move(socket)), network}))
    {
        try {
            ++list.of_network_[network];
        } catch (...) {
            list.peers_.erase(at_);
            throw;
        }
    }
    peer_place(peer_place&& other) noexcept : list_(std::exchange(other.list_, nullptr)), at_(other.at_) {}
    peer_place& operator=(peer_place&&) = delete;
    ~peer_place()
    {
        if (list_ == nullptr) return;
        auto const of = list_->of_network_.find(at_->network);
        if (of != list_->of_network_.end() && --of->second == 0) list_->of_network_.erase(of);
        list_->peers_.erase(at_);
    }

    peer& operator*() const noexcept { return *at_; }
    void move_to_end() const { list_->peers_.splice(list_->peers_.end(), list_->peers_, at_); }

private:
    peer_list* list_;
    std::list<peer>::iterator at_;
};

}  // namespace iafmetrics::inline v0::beast::detail
