// SPDX-License-Identifier: Apache-2.0
#include <http_service/guard.hpp>

#include <memory>
#include <utility>

namespace iafmetrics::http_service {

namespace {

struct pair_of_guards {
    guard first;
    guard second;

    net::awaitable<std::optional<turned_away>> ask(http::request_header<> const& head,
                                                   net::ip::address const& peer) const
    {
        auto asked = first(head, peer);
        auto no = co_await std::move(asked);
        if (no) co_return no;
        asked = second(head, peer);
        co_return co_await std::move(asked);
    }
};

}  // namespace

guard both(guard first, guard second)
{
    if (!first) return second;
    if (!second) return first;
    return [pair = std::make_shared<pair_of_guards const>(std::move(first), std::move(second))](
               http::request_header<> const& head, net::ip::address const& peer) {
        return pair->ask(head, peer);
    };
}

}  // namespace iafmetrics::http_service
