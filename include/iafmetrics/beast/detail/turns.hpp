// SPDX-License-Identifier: Apache-2.0
// turns: so many do something at a time, the others wait in line.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <list>

namespace iafmetrics::inline v0::beast::detail {

/// Threads: one.
class turns {
public:
    explicit turns(std::size_t at_a_time) noexcept : free_(at_a_time) {}

private:
    friend class turn;
    std::size_t free_;
    std::list<class turn*> line_;
};

/// A turn, given to the next in line when this goes, however its coroutine ends. Lifetime: shorter than the line's.
class turn {
public:
    turn(turns& line, boost::asio::io_context& io) : line_(line), timer_(io) {}
    turn(turn const&) = delete;
    turn& operator=(turn const&) = delete;
    ~turn()
    {
        line_.line_.remove(this);
        if (!has_it_) return;
        if (line_.line_.empty())
            ++line_.free_;
        else
            line_.line_.front()->be_given();
    }

    /// False where it has not come within so long.
    boost::asio::awaitable<bool> wait(std::chrono::nanoseconds longest)
    {
        if (line_.free_ != 0) {
            --line_.free_;
            has_it_ = true;
        } else {
            line_.line_.push_back(this);
            timer_.expires_after(longest);
            co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
            line_.line_.remove(this);
        }
        co_return has_it_;
    }

private:
    void be_given()
    {
        has_it_ = true;
        line_.line_.pop_front();
        timer_.cancel();
    }

    turns& line_;
    boost::asio::steady_timer timer_;
    bool has_it_ = false;
};

}  // namespace iafmetrics::inline v0::beast::detail
