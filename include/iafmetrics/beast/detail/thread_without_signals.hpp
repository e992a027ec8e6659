// SPDX-License-Identifier: Apache-2.0
// thread_without_signals: a thread of the library in a program that has its own signals.
#pragma once

#include <csignal>
#include <thread>
#include <utility>

namespace iafmetrics::inline v0::beast::detail {

/// The program's signals are for its own threads.
///
/// Errors: std::system_error of std::thread.
template <class Function>
[[nodiscard]] std::thread thread_without_signals(Function function)
{
    struct all_blocked {
        all_blocked()
        {
            sigset_t all;
            sigfillset(&all);
            pthread_sigmask(SIG_SETMASK, &all, &before);
        }
        all_blocked(all_blocked const&) = delete;
        all_blocked& operator=(all_blocked const&) = delete;
        ~all_blocked() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }
        sigset_t before{};
    };
    all_blocked const while_it_is_made;
    return std::thread(std::move(function));
}

}  // namespace iafmetrics::inline v0::beast::detail
