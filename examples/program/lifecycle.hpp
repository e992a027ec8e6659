// SPDX-License-Identifier: Apache-2.0
// From the first signal to the exit: SIGINT and SIGTERM as a std::stop_token.
#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace program {

class log;

/// Turns SIGINT and SIGTERM into a request to stop. The first asks, the second exits at once with status
/// 128 + signal, because whoever sends it twice does not want to wait for the drain.
///
///     program::lifecycle life{log};                                        // before any other thread starts
///     std::stop_callback drain{life.token(), [&] { server.stop(); }};      // runs at once if the signal
///     came first server.run();
///
/// While it lives, both signals are blocked in the thread that made it and in all threads started after, and
/// SIGPIPE is ignored: a peer that went away is an error code.
/// Threads: callbacks run on a thread of its own, never inside a signal handler, so they may lock and
/// allocate.
class lifecycle {
public:
    explicit lifecycle(log&);
    ~lifecycle();
    lifecycle(lifecycle const&) = delete;
    lifecycle& operator=(lifecycle const&) = delete;

    std::stop_token token() const noexcept { return source_.get_token(); }

    /// True from the first signal on: what /readyz asks.
    bool stopping() const noexcept { return source_.stop_requested(); }

    /// Asks to stop without a signal.
    void stop() { source_.request_stop(); }

    /// Blocks until asked to stop: the body of a main that has nothing else to wait for.
    void wait() const;

private:
    void listen();

    log& log_;
    std::stop_source source_;
    sigset_t before_{};
    int signals_ = -1;
    int done_ = -1;
    std::thread listener_;
};

}  // namespace program
