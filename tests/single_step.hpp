// SPDX-License-Identifier: Apache-2.0
// single_step: stops a thread between any two of its instructions, by the processor's own trap.
#pragma once

// Not with a sanitizer: its run time does not expect to be stopped, and it adds ten instructions to each.
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#    define IAFMETRICS_SINGLE_STEP 1
#endif
#if defined(__has_feature)
#    if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#        undef IAFMETRICS_SINGLE_STEP
#    endif
#endif

#ifdef IAFMETRICS_SINGLE_STEP
#    include <signal.h>
#    include <ucontext.h>

#    include <cstddef>
#    include <utility>

namespace single_stepping {

struct stopped {
    bool (*call)(void* between, std::size_t step);
    void* between;
    std::size_t steps = 0;
};
inline thread_local stopped* current = nullptr;

inline constexpr long long trap_flag = 0x100;  // of the flags register

inline void on_trap(int, siginfo_t*, void* context)
{
    stopped& now = *current;
    if (!now.call(now.between, now.steps++))
        static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL] &= ~trap_flag;
}

/// Below the 128 bytes that a function may use under its stack pointer.
[[gnu::always_inline]] inline void begin()
{
    asm volatile(
        "lea -128(%%rsp), %%rsp\n\tpushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tlea 128(%%rsp), %%rsp" ::
            : "memory", "cc");
}
[[gnu::always_inline]] inline void end()
{
    asm volatile(
        "lea -128(%%rsp), %%rsp\n\tpushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq\n\tlea 128(%%rsp), %%rsp" ::
            : "memory", "cc");
}

}  // namespace single_stepping

/// Runs `body` on this thread, and `between(step)` between any two of its instructions, until that says false. Returns the
/// number of stops. What is called between runs in a signal handler: it must not allocate, nor take a lock that `body`
/// takes.
template <class Body, class Between>
std::size_t single_step(Body&& body, Between&& between)
{
    using namespace single_stepping;
    stopped now{[](void* what, std::size_t step) { return (*static_cast<Between*>(what))(step); }, &between};
    struct sigaction handle{};
    handle.sa_sigaction = &on_trap;
    handle.sa_flags = SA_SIGINFO;
    struct sigaction before{};
    ::sigaction(SIGTRAP, &handle, &before);
    stopped* const outer = std::exchange(current, &now);
    begin();
    body();
    end();
    current = outer;
    ::sigaction(SIGTRAP, &before, nullptr);
    return now.steps;
}
#endif
