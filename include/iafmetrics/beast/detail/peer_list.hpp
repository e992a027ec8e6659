// SPDX-License-Identifier: Apache-2.0
// peer_list: the open connections of a small server, so that a silent one makes room for another.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <algorithm>
#include <cstddef>
#include <list>
#include <utility>

namespace iafmetrics::inline v0::beast::detail {

struct peer {
    boost::beast::tcp_stream stream;
    bool is_silent = true;  // between two requests, or within one that is still being read
};

/// In the order of their last request. Threads: one.
class peer_list {
public:
    [[nodiscard]] std::size_t size() const noexcept { return peers_.size(); }

    /// Closes the one that has been silent for longest; what it awaits then ends with an error. False: all
    /// are being answered.
    bool close_silent()
    {
        auto const found =
            std::find_if(peers_.begin(), peers_.end(), [](peer const& one) { return one.is_silent; });
        if (found == peers_.end()) return false;
        found->is_silent = false;
        found->stream.close();
        return true;
    }

private:
    friend class peer_place;
    std::list<peer> peers_;
};

/// A connection's place in the list, given up however its session ends. Lifetime: shorter than the list's.
class peer_place {
public:
    peer_place(peer_list& list, boost::asio::ip::tcp::socket socket)
        : peers_(&list.peers_),
          at_(peers_->insert(peers_->end(), peer{boost::beast::tcp_stream(std::move(socket))}))
    {}
    peer_place(peer_place&& other) noexcept : peers_(std::exchange(other.peers_, nullptr)), at_(other.at_) {}
    peer_place& operator=(peer_place&&) = delete;
    ~peer_place()
    {
        if (peers_ != nullptr) peers_->erase(at_);
    }

    peer& operator*() const noexcept { return *at_; }
    void move_to_end() const { peers_->splice(peers_->end(), *peers_, at_); }

private:
    std::list<peer>* peers_;
    std::list<peer>::iterator at_;
};

}  // namespace iafmetrics::inline v0::beast::detail
