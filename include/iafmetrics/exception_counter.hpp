// SPDX-License-Identifier: Apache-2.0
// exception_counter: how often a scope ended by an exception.
#pragma once

#include <iafmetrics/counter.hpp>

#include <exception>
#include <type_traits>
#include <utility>

namespace iafmetrics::inline v0 {

/// Counts one where an exception leaves its scope.
///
///     iafmetrics::exception_counter const failures{payment_failures};
///     pay(order);                                        // throws: one more
///
/// Threads:  one. A coroutine may carry it over a suspension, also to another thread, unless it is resumed from a
///           destructor that an exception runs.
/// Cost:     two reads of a thread's count of exceptions in flight, about 2 ns each.
/// Errors:   none; the exception goes on.
/// Lifetime: shorter than that of the counter.
class [[nodiscard]] exception_counter {
public:
    explicit exception_counter(counter& failures) noexcept
        : failures_(failures), in_flight_before_(std::uncaught_exceptions())
    {}
    exception_counter(exception_counter const&) = delete;
    exception_counter& operator=(exception_counter const&) = delete;
    ~exception_counter()
    {
        if (std::uncaught_exceptions() > in_flight_before_) failures_.increment();
    }

private:
    counter& failures_;
    int in_flight_before_;
};

/// Calls, counts one where the call ends by an exception of the type, and lets the exception go on. Returns what
/// the call returns.
///
///     auto const receipt = iafmetrics::count_exceptions<timeout_error>(payment_timeouts, [&] { return pay(order); });
///
/// Without a type, any exception counts. In a unit without exceptions it calls and there is nothing to count.
template <class Exception = void, class Call>
decltype(auto) count_exceptions(counter& failures, Call&& call)
{
#if defined(__cpp_exceptions)
    if constexpr (std::is_void_v<Exception>) {
        exception_counter const any{failures};
        return std::forward<Call>(call)();
    } else {
        try {
            return std::forward<Call>(call)();
        } catch (Exception const&) {
            failures.increment();
            throw;
        }
    }
#else
    static_cast<void>(failures);
    return std::forward<Call>(call)();
#endif
}

}  // namespace iafmetrics::inline v0
