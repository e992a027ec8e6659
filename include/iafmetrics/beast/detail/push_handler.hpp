// SPDX-License-Identifier: Apache-2.0
// push_handler: what a coroutine's end is for who waits for a push.
#pragma once

#include <iafmetrics/beast/push_result.hpp>

#include <boost/asio/associator.hpp>

#include <exception>
#include <utility>

namespace iafmetrics::inline v0::beast::detail {

/// Calls the handler with the result. What is associated with the handler, its executor, allocator and cancellation slot,
/// is associated with it. The only exception of a push under way is that memory is out.
template <class Handler>
struct push_handler {
    Handler handler;

    void operator()(std::exception_ptr thrown, push_result result)
    {
        if (thrown) {
            result.error = make_error_code(boost::system::errc::not_enough_memory);
            result.status = 0;
            result.message = "out of memory";  // short: this allocates nothing
        }
        std::move(handler)(std::move(result));
    }
};

}  // namespace iafmetrics::inline v0::beast::detail

namespace boost::asio {

template <template <class, class> class Associator, class Handler, class Default>
struct associator<Associator, iafmetrics::beast::detail::push_handler<Handler>, Default>
    : Associator<Handler, Default> {
    static auto get(iafmetrics::beast::detail::push_handler<Handler> const& of) noexcept
    {
        return Associator<Handler, Default>::get(of.handler);
    }
    static auto get(iafmetrics::beast::detail::push_handler<Handler> const& of,
                    Default const& otherwise) noexcept
    {
        return Associator<Handler, Default>::get(of.handler, otherwise);
    }
};

}  // namespace boost::asio
