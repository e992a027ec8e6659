// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <program/lifecycle.hpp>
#include <program/log.hpp>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <system_error>

namespace program {

lifecycle::lifecycle(log& l) : log_(l)
{
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &wanted, &before_);
    signals_ = signalfd(-1, &wanted, SFD_CLOEXEC);
    done_ = eventfd(0, EFD_CLOEXEC);
    if (signals_ < 0 || done_ < 0)
        throw std::system_error(errno, std::generic_category(), "cannot wait for signals");
    listener_ = std::thread([this] { listen(); });
}

lifecycle::~lifecycle()
{
    std::uint64_t const one = 1;
    while (::write(done_, &one, sizeof one) < 0 && errno == EINTR) {}
    listener_.join();
    ::close(signals_);
    ::close(done_);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void lifecycle::wait() const
{
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    changed.wait(lock, token(), [] { return false; });
}

void lifecycle::listen()
{
    std::array<pollfd, 2> waiting{pollfd{signals_, POLLIN, 0}, pollfd{done_, POLLIN, 0}};
    std::thread stopping;
    bool asked = false;
    for (;;) {
        if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
        if (waiting[1].revents != 0) break;
        signalfd_siginfo info{};
        if (::read(signals_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
        char const* const name = info.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM";
        if (asked) {
            log_.warning("exiting at once", {{"signal", name}});
            ::_exit(128 + static_cast<int>(info.ssi_signo));
        }
        asked = true;
        log_.info("stopping", {{"signal", name}});
        // On a thread of their own, so that callbacks that wait cannot keep the second signal from being
        // seen.
        stopping = std::thread([this] { source_.request_stop(); });
    }
    if (stopping.joinable()) stopping.join();
}

}  // namespace program
