// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/beast/detail/network_of.hpp>

#include <http_service/detail/credential_checks.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <utility>

namespace iafmetrics::http_service::detail {

namespace {

using iafmetrics::http::access;
using iafmetrics::http::authorizer;
constexpr auto token = net::as_tuple(net::use_awaitable);

access checked(authorizer const& by, std::string const& field) noexcept
{
    try {
        return by(field);
    } catch (...) {
        return access::unauthorized;
    }
}

}  // namespace

// Between the thread that checks and the coroutine that waits. The event loop is touched under the lock alone, and only while
// the coroutine is there, which goes before its loop does.
struct credential_checks::ticket {
    ticket(authorizer who, std::string shown, net::ip::address whose, net::steady_timer& timer)
        : by{std::move(who)}, field{std::move(shown)}, network{std::move(whose)}, waiting{&timer}
    {}

    authorizer const by;
    std::string const field;
    net::ip::address const network;
    std::mutex mutex;            // of what is below
    net::steady_timer* waiting;  // null: nobody waits any more
    std::optional<access> said = {};

    static void answer(std::shared_ptr<ticket> const& self, access what)
    {
        std::lock_guard const lock{self->mutex};
        if (self->waiting == nullptr) return;
        self->said = what;
        net::post(self->waiting->get_executor(), [self] {
            std::lock_guard const locked{self->mutex};
            if (self->waiting != nullptr) self->waiting->cancel();
        });
    }
};

// In line, given up however the coroutine ends: what nobody waits for is not checked.
class credential_checks::place {
public:
    place(credential_checks& checks, std::shared_ptr<ticket> held) : checks_{checks}, held_{std::move(held)}
    {
        std::optional<std::shared_ptr<ticket>> ousted;
        {
            std::lock_guard const lock{checks_.mutex_};
            auto entered = checks_.line_.enter(held_->network, held_);
            is_taken_ = entered.has_place;
            ousted = std::move(entered.ousted);
        }
        if (ousted) ticket::answer(*ousted, access::busy);
        if (is_taken_) checks_.changed_.notify_one();
    }
    place(place const&) = delete;
    place& operator=(place const&) = delete;
    ~place()
    {
        {
            std::lock_guard const lock{held_->mutex};
            held_->waiting = nullptr;
        }
        std::lock_guard const lock{checks_.mutex_};
        checks_.line_.leave(held_);
    }

    bool is_taken() const noexcept { return is_taken_; }

    access said() const
    {
        std::lock_guard const lock{held_->mutex};
        return held_->said.value_or(access::busy);  // the drain did not wait for it
    }

private:
    credential_checks& checks_;
    std::shared_ptr<ticket> held_;
    bool is_taken_ = false;
};

credential_checks::credential_checks(std::size_t threads, std::size_t waiting)
    : line_{threads + waiting}, pool_{threads}
{
    try {
        for (std::size_t i = 0; i != threads; ++i)
            net::post(pool_, [this] { work(); });
    } catch (...) {
        stop();
        throw;
    }
}

credential_checks::~credential_checks() { stop(); }

void credential_checks::stop() noexcept
{
    {
        std::lock_guard const lock{mutex_};
        is_over_ = true;
    }
    changed_.notify_all();
}

void credential_checks::work()
{
    std::unique_lock lock{mutex_};
    for (;;) {
        changed_.wait(lock, [this] { return is_over_ || !line_.is_empty(); });
        if (is_over_) return;
        auto const one = line_.next();
        lock.unlock();
        ticket::answer(one, checked(one->by, one->field));
        lock.lock();
        line_.end_turn(one->network);
    }
}

net::awaitable<access> credential_checks::run(authorizer by, std::string field, net::ip::address network)
{
    auto const executor = co_await net::this_coro::executor;
    net::steady_timer timer{executor, net::steady_timer::time_point::max()};
    place const taken{*this,
                      std::make_shared<ticket>(std::move(by), std::move(field), std::move(network), timer)};
    if (!taken.is_taken()) co_return access::busy;
    (void)co_await timer.async_wait(token);
    co_return taken.said();
}

net::awaitable<access>
credential_checks::ask(authorizer by, http::request_header<> const& head, net::ip::address peer)
{
    if (!by) co_return access::allowed;
    if (head.count(http::field::authorization) > 1) co_return access::unauthorized;
    auto const value = head[http::field::authorization];
    std::string field{value.data(), value.size()};
    if (auto const said = by.at_once(field)) co_return *said;
    auto checked_later = run(std::move(by), std::move(field), iafmetrics::beast::detail::network_of(peer));
    co_return co_await std::move(checked_later);
}

}  // namespace iafmetrics::http_service::detail
