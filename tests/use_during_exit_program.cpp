// SPDX-License-Identifier: Apache-2.0
// program TIMES: as many processes end, by exit() and by return from main, while detached threads go on counting, make
// series, own some and show pages, and while statics and thread_local objects are destroyed that count as well.
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/default_registry.hpp>
#include <iafmetrics/exposition/text.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

using namespace iafmetrics;

namespace {

inline constexpr counter_spec<"thread"> steps{"steps_total", "Steps."};
inline constexpr histogram_spec waits{"wait_seconds", "Waits.", buckets{1, 2}};
inline constexpr up_down_counter_spec open{"open", "Open."};
inline constexpr claimable<gauge_spec<"session">> sessions{"session_bytes", "Sessions."};

void use(int number)
{
    registry& r = default_registry();
    r.add(steps).with(number).increment();
    r.add(steps).with(number).increment(0.5, {{"trace_id", "a"}});
    r.add(waits).observe(number);
    r.add(open).increment();
    r.add(sessions).claim(number)->add(1);
    r.add(open).decrement();
}

/// Used when it is destroyed: as a static, behind those that were made after it, and as a thread_local.
struct late {
    bool is_used = false;
    ~late()
    {
        if (is_used) use(-1);
    }
};
late first;
thread_local late of_thread;

/// Ends while threads are busy.
int one(bool is_by_exit)
{
    ::alarm(20);  // one that hangs ends, and fails
    first.is_used = true;
    of_thread.is_used = true;
    static std::atomic<int> busy{0};
    for (int t = 0; t != 3; ++t)
        std::thread([t] {
            of_thread.is_used = true;
            use(t);
            ++busy;
            for (int i = 0;; ++i)
                use(i % 10);
        }).detach();
    std::thread([] {
        for (++busy;;)
            (void)exposition::text(default_registry());
    }).detach();
    while (busy != 4)
        std::this_thread::yield();
    if (is_by_exit) std::exit(0);
    return 0;
}

}  // namespace

int main(int, char** arguments)
{
    int const times = std::atoi(arguments[1]);
    for (int i = 0; i != times; ++i) {
        pid_t const child = ::fork();
        if (child == 0) return one(i % 2 == 0);
        int status = 0;
        ::waitpid(child, &status, 0);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            std::printf("process %d of %d: %s %d\n", i, times, WIFSIGNALED(status) ? "signal" : "exit",
                        WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
            return 1;
        }
    }
    std::printf("%d processes ended while they counted\n", times);
    return 0;
}
