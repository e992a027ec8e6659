// SPDX-License-Identifier: Apache-2.0
#include <http_service/detail/credential_checks.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace iafmetrics::http_service::detail {

namespace {

using iafmetrics::http::access;
constexpr auto token = net::as_tuple(net::use_awaitable);

// Between the thread that checks and the coroutine that waits. The event loop is touched under the lock alone, and only while
// the coroutine is there, which goes before its loop does.
struct ticket {
    std::mutex mutex;
    net::steady_timer* waiting;  // null: nobody waits any more
    std::optional<access> said = {};

    explicit ticket(net::steady_timer& timer) : waiting{&timer} {}

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

// Ends however the coroutine does.
struct waiting {
    std::shared_ptr<ticket> held;

    explicit waiting(net::steady_timer& timer) : held{std::make_shared<ticket>(timer)} {}
    waiting(waiting const&) = delete;
    waiting& operator=(waiting const&) = delete;
    ~waiting()
    {
        std::lock_guard const lock{held->mutex};
        held->waiting = nullptr;
    }

    access said() const
    {
        std::lock_guard const lock{held->mutex};
        return held->said.value_or(access::busy);  // the drain did not wait for it
    }
};

struct place {
    std::atomic<std::size_t>& under_way;
    std::size_t before;

    explicit place(std::atomic<std::size_t>& counted) : under_way{counted}, before{counted.fetch_add(1)} {}
    place(place const&) = delete;
    place& operator=(place const&) = delete;
    ~place() { under_way.fetch_sub(1); }
};

access checked(iafmetrics::http::authorizer const& authorize, std::string const& field) noexcept
{
    try {
        return authorize(field);
    } catch (...) {
        return access::unauthorized;
    }
}

}  // namespace

net::awaitable<access> credential_checks::run(iafmetrics::http::authorizer authorize, std::string field)
{
    place const taken{under_way_};
    if (taken.before >= most_) co_return access::busy;
    auto const executor = co_await net::this_coro::executor;
    net::steady_timer timer{executor, net::steady_timer::time_point::max()};
    waiting const answer{timer};
    net::post(pool_, [to = answer.held, authorize = std::move(authorize), field = std::move(field)] {
        ticket::answer(to, checked(authorize, field));
    });
    (void)co_await timer.async_wait(token);
    co_return answer.said();
}

}  // namespace iafmetrics::http_service::detail
