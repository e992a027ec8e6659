// SPDX-License-Identifier: Apache-2.0
// before: a completion token that does something first.
#pragma once

#include <boost/asio/associator.hpp>
#include <boost/asio/async_result.hpp>

#include <type_traits>
#include <utility>

namespace iafmetrics::inline v0::beast::detail {

/// Calls `action` with the operation's results, then the handler. What is associated with the handler, its
/// executor, allocator and cancellation slot, is associated with it.
template <class Action, class Handler>
struct before_handler {
    Action action;
    Handler handler;

    template <class... Results>
    void operator()(Results... results)
    {
        action(std::as_const(results)...);
        std::move(handler)(std::move(results)...);
    }
};

template <class Action, class Token>
struct before_token {
    Action action;
    Token token;
};

/// `co_await stream.async_read_some(buffer, before(net::use_awaitable, [&](error_code ec, std::size_t) { … }))`
///
/// Cost: none beyond the action's; nothing is allocated.
template <class Token, class Action>
[[nodiscard]] before_token<Action, std::decay_t<Token>> before(Token&& token, Action action)
{
    return {std::move(action), std::forward<Token>(token)};
}

}  // namespace iafmetrics::inline v0::beast::detail

namespace boost::asio {

template <class Action, class Token, class Signature>
struct async_result<iafmetrics::beast::detail::before_token<Action, Token>, Signature> {
    template <class Initiation, class... Arguments>
    static auto initiate(Initiation&& initiation,
                         iafmetrics::beast::detail::before_token<Action, Token> token,
                         Arguments&&... arguments)
    {
        return async_initiate<Token, Signature>(
            [action = std::move(token.action),
             start = std::forward<Initiation>(initiation)](auto&& handler, auto&&... given) mutable {
                using handler_type = std::decay_t<decltype(handler)>;
                std::move(start)(
                    iafmetrics::beast::detail::before_handler<Action, handler_type>{
                        std::move(action), std::forward<decltype(handler)>(handler)},
                    std::forward<decltype(given)>(given)...);
            },
            token.token, std::forward<Arguments>(arguments)...);
    }
};

template <template <class, class> class Associator, class Action, class Handler, class Default>
struct associator<Associator, iafmetrics::beast::detail::before_handler<Action, Handler>, Default>
    : Associator<Handler, Default> {
    static auto get(iafmetrics::beast::detail::before_handler<Action, Handler> const& of) noexcept
    {
        return Associator<Handler, Default>::get(of.handler);
    }
    static auto get(iafmetrics::beast::detail::before_handler<Action, Handler> const& of,
                    Default const& otherwise) noexcept
    {
        return Associator<Handler, Default>::get(of.handler, otherwise);
    }
};

}  // namespace boost::asio
