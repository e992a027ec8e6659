// SPDX-License-Identifier: Apache-2.0
// Who waits for a turn, by network: no network keeps another from its turn.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace iafmetrics::http_service::detail {

namespace net = boost::asio;

// The next turn goes to the network that has the fewest, and of those to the one whose last turn is longest ago; within a
// network, to the first in line. Where the line is full, the network with most places in it loses its newest to one that has
// at least two fewer, so that two networks never take a place from each other in turns.
//
// Threads: one at a time.
// Cost:    O(those in line) for each turn, and for each newcomer where the line is full.
template <class Who>
class fair_line {
public:
    using address = net::ip::address;

    // So many at most, in line and at their turn.
    explicit fair_line(std::size_t most) : most_{most} {}

    struct entered {
        bool has_place = false;
        std::optional<Who> ousted = {};  // who lost theirs
    };

    entered enter(address const& network, Who who)
    {
        bool const is_full = line_.size() + at_turn_ >= most_;
        auto const loser = is_full ? newest_of_most() : line_.end();
        if (is_full && (loser == line_.end() || waiting_of(loser->network) < waiting_of(network) + 2))
            return {};
        auto const own = shares_.try_emplace(network).first;
        try {
            line_.push_back({network, std::move(who)});
        } catch (...) {
            forget(network);
            throw;
        }
        ++own->second.waiting;
        if (!is_full) return {.has_place = true};
        return {.has_place = true, .ousted = take_out(loser)};
    }

    // It waits no longer; nothing where it does not.
    void leave(Who const& who)
    {
        auto const found = std::ranges::find(line_, who, &place::who);
        if (found == line_.end()) return;
        auto const network = found->network;
        take_out(found);
        forget(network);
    }

    bool is_empty() const noexcept { return line_.empty(); }

    // Whose turn it is, until end_turn(): of those in line, of whom there is one at least.
    Who next()
    {
        auto const rank = [this](place const& one) {
            auto const& share = shares_.find(one.network)->second;
            return std::tuple{share.at_turn, share.last};
        };
        auto const first = std::ranges::min_element(line_, {}, rank);
        auto& share = shares_.find(first->network)->second;
        ++share.at_turn;
        ++at_turn_;
        share.last = ++turns_;
        return take_out(first);
    }

    void end_turn(address const& network)
    {
        --shares_.find(network)->second.at_turn;
        --at_turn_;
        forget(network);
    }

private:
    struct place {
        address network;
        Who who;
    };
    struct network_share {
        std::size_t waiting = 0;
        std::size_t at_turn = 0;
        std::uint64_t last = 0;  // in the order of turns
    };
    using iterator = typename std::list<place>::iterator;

    std::size_t waiting_of(address const& network) const
    {
        auto const found = shares_.find(network);
        return found == shares_.end() ? 0 : found->second.waiting;
    }

    iterator newest_of_most()
    {
        auto found = line_.end();
        std::size_t most = 0;
        for (auto one = line_.begin(); one != line_.end(); ++one) {
            auto const theirs = waiting_of(one->network);
            if (theirs < most) continue;
            most = theirs;
            found = one;
        }
        return found;
    }

    Who take_out(iterator at)
    {
        --shares_.find(at->network)->second.waiting;
        Who who = std::move(at->who);
        line_.erase(at);
        return who;
    }

    void forget(address const& network)
    {
        auto const found = shares_.find(network);
        if (found->second.waiting + found->second.at_turn == 0) shares_.erase(found);
    }

    std::size_t const most_;
    std::size_t at_turn_ = 0;
    std::uint64_t turns_ = 0;
    std::list<place> line_;
    std::map<address, network_share> shares_;  // of the networks that wait or are at their turn
};

}  // namespace iafmetrics::http_service::detail
