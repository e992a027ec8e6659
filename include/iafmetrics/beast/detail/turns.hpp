// SPDX-License-Identifier: Apache-2.0
// turns: so many do something at a time, the others wait in line, and no network keeps another from its turn.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <tuple>

namespace iafmetrics::inline v0::beast::detail {

/// The next turn goes to the network that has the fewest, and of those to the one whose last turn is longest ago; within a
/// network, to the first in line.
///
/// Threads: one. Cost: O(those in line) for each turn.
class turns {
public:
    using address = boost::asio::ip::address;
    using clock = std::chrono::steady_clock;

    /// Who sends for longer than `sending` makes way for who is in line.
    explicit turns(std::size_t at_a_time, clock::duration sending = clock::duration::max()) noexcept
        : sending_limit_(sending), free_(at_a_time)
    {}

    /// Whether who comes now need not wait.
    [[nodiscard]] bool has_free() const noexcept { return free_ != 0; }

private:
    friend class turn;

    struct share {
        std::size_t members = 0;  // turns that look at it
        std::size_t held = 0;
        std::uint64_t last = 0;  // in the order of turns given
    };

    void give_next();
    void cut_overdue();

    clock::duration const sending_limit_;
    std::size_t free_;
    std::uint64_t given_ = 0;
    std::map<address, share> shares_;
    std::list<class turn*> line_;
    std::list<class turn*> sending_;  // the oldest first
};

/// A turn, given to the next in line when this goes, however its coroutine ends. Lifetime: shorter than the line's.
class turn {
public:
    /// Waits on an io_context& or on an executor, of the thread of the line.
    template <class Where>
    turn(turns& line, Where&& where, turns::address const& network)
        : line_(line), share_(line.shares_.try_emplace(network).first), timer_(std::forward<Where>(where))
    {
        ++share().members;
    }
    turn(turn const&) = delete;
    turn& operator=(turn const&) = delete;
    ~turn()
    {
        leave_line();
        line_.sending_.remove(this);
        if (has_it_) --share().held;
        if (--share().members == 0) line_.shares_.erase(share_);
        if (has_it_) line_.give_next();
    }

    /// False where it has not come within so long, or where it lost its place.
    boost::asio::awaitable<bool> wait(std::chrono::nanoseconds longest)
    {
        if (line_.free_ != 0) {
            --line_.free_;
            take();
            co_return true;
        }
        line_.line_.push_back(this);
        is_in_line_ = true;
        auto const until = turns::clock::now() + longest;
        while (is_in_line_ && turns::clock::now() < until) {
            timer_.expires_at(std::min(until, turns::clock::now() + between_looks));
            co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
            if (is_in_line_) line_.cut_overdue();
        }
        leave_line();
        co_return has_it_;
    }

    /// Its place in line is another's: wait() says false.
    void lose_place()
    {
        leave_line();
        timer_.cancel();
    }

    /// From now on what is done is sending, on a stream that is closed where it takes too long and others wait.
    void is_sending(boost::beast::tcp_stream& stream)
    {
        begin_sending(&stream, [](void* of) { static_cast<boost::beast::tcp_stream*>(of)->close(); });
    }
    /// The same of an answer with a cut(), which lives longer than the turn.
    template <class Answer>
    void is_sending(Answer& answer)
    {
        begin_sending(&answer, [](void* of) { static_cast<Answer*>(of)->cut(); });
    }

    [[nodiscard]] bool was_cut() const noexcept { return was_cut_; }

private:
    friend class turns;
    static constexpr std::chrono::milliseconds between_looks{250};

    [[nodiscard]] turns::share& share() const noexcept { return share_->second; }

    void begin_sending(void* what, void (*cut)(void*))
    {
        sent_ = what;
        cut_ = cut;
        since_ = turns::clock::now();
        line_.sending_.push_back(this);
    }

    void take() noexcept
    {
        has_it_ = true;
        ++share().held;
        share().last = ++line_.given_;
    }

    void leave_line()
    {
        if (!is_in_line_) return;
        is_in_line_ = false;
        line_.line_.remove(this);
    }

    turns& line_;
    std::map<turns::address, turns::share>::iterator share_;
    boost::asio::steady_timer timer_;
    void* sent_ = nullptr;
    void (*cut_)(void*) = nullptr;
    turns::clock::time_point since_;
    bool has_it_ = false;
    bool is_in_line_ = false;
    bool was_cut_ = false;
};

inline void turns::give_next()
{
    auto const of = [](turn const* one) { return std::tie(one->share().held, one->share().last); };
    auto const next = std::min_element(line_.begin(), line_.end(),
                                       [&](turn const* a, turn const* b) { return of(a) < of(b); });
    if (next == line_.end()) {
        ++free_;
        return;
    }
    turn& one = **next;
    one.take();
    one.lose_place();
}

inline void turns::cut_overdue()
{
    if (sending_.empty()) return;
    turn& oldest = *sending_.front();
    if (clock::now() - oldest.since_ < sending_limit_) return;
    sending_.pop_front();
    oldest.was_cut_ = true;
    oldest.cut_(oldest.sent_);
}

}  // namespace iafmetrics::inline v0::beast::detail
