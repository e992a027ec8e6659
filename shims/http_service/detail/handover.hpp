// SPDX-License-Identifier: Apache-2.0
// A value that another thread makes, for the coroutine that waits for it.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace iafmetrics::http_service::detail {

namespace net = boost::asio;

// The event loop of the coroutine is touched under the lock alone, and only while the coroutine is there, which goes before
// its loop does: a connection that is gone, or a server, leaves nothing behind that the other thread could reach.
//
// Threads: set() any; take() is for one coroutine, on an event loop of one thread.
template <class Value>
class handover {
public:
    static void set(std::shared_ptr<handover> const& self, Value value)
    {
        std::lock_guard const lock{self->mutex_};
        self->value_ = std::move(value);
        if (self->waiting_ == nullptr) return;
        net::post(self->waiting_->get_executor(), [self] {
            std::lock_guard const locked{self->mutex_};
            if (self->waiting_ != nullptr) self->waiting_->cancel();
        });
    }

    // None where the wait was cancelled before.
    static net::awaitable<std::optional<Value>> take(std::shared_ptr<handover> self)
    {
        auto const executor = co_await net::this_coro::executor;
        net::steady_timer timer{executor, net::steady_timer::time_point::max()};
        waiter const here{*self, timer};
        (void)co_await timer.async_wait(net::as_tuple(net::use_awaitable));
        co_return self->release();
    }

private:
    // Ends however the coroutine does.
    class waiter {
    public:
        waiter(handover& at, net::steady_timer& timer) : at_{at}
        {
            std::lock_guard const lock{at_.mutex_};
            at_.waiting_ = &timer;
            if (at_.value_) timer.expires_at(net::steady_timer::time_point::min());
        }
        waiter(waiter const&) = delete;
        waiter& operator=(waiter const&) = delete;
        ~waiter()
        {
            std::lock_guard const lock{at_.mutex_};
            at_.waiting_ = nullptr;
        }

    private:
        handover& at_;
    };

    std::optional<Value> release()
    {
        std::lock_guard const lock{mutex_};
        return std::exchange(value_, std::nullopt);
    }

    std::mutex mutex_;
    net::steady_timer* waiting_ = nullptr;  // null: nobody waits, not yet or not any more
    std::optional<Value> value_;
};

}  // namespace iafmetrics::http_service::detail
