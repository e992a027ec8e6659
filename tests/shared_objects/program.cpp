// SPDX-License-Identifier: Apache-2.0
// program MODULE...: opens each module RTLD_LOCAL, lets it observe on this thread and on another, and compares; lets it
// release a series that is being shown, and show what ends itself, on two pages.
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/exposition/text.hpp>

#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <thread>

using namespace iafmetrics;

namespace {

/// Lets a module release its series while it is shown, and says whether the series stays whole until it has been.
bool stays_while_shown(registry& metrics, void (*release)())
{
    constexpr claimable<gauge_spec<"session">> sessions{"session_memory_bytes", "Memory of a session."};
    auto& family = metrics.add(sessions);
    bool is_whole = true;
    family.for_each([&](labels_view labels, gauge const&) {
        std::string const before(labels.text());
        release();
        is_whole = is_whole && labels.text() == before;
    });
    return is_whole && family.size() == 0;
}

int run(int argc, char** argv);

}  // namespace

/// In a child, whose modules have seen no fork: it has.
int main(int argc, char** argv)
{
    pid_t const child = ::fork();
    if (child == 0) return run(argc, argv);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

namespace {

int run(int argc, char** argv)
{
    counter count;
    constexpr std::array<double, 2> bounds{1, 2};
    histogram durations(bounds);
    registry metrics;
    count.increment();
    unsigned ended = 0;
    ::alarm(30);
    for (int i = 1; i < argc; ++i) {
        void* const module = ::dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
        if (module == nullptr) {
            std::printf("%s\n", ::dlerror());
            return 2;
        }
        auto* const observe =
            reinterpret_cast<void (*)(counter&, histogram&, registry&)>(::dlsym(module, "observe"));
        observe(count, durations, metrics);
        std::thread(observe, std::ref(count), std::ref(durations), std::ref(metrics)).join();
        reinterpret_cast<void (*)(registry&)>(::dlsym(module, "claim_session"))(metrics);
        if (!stays_while_shown(metrics, reinterpret_cast<void (*)()>(::dlsym(module, "end_session")))) {
            std::printf("%s: a series was freed while it was shown\n", argv[i]);
            return 1;
        }
        reinterpret_cast<void (*)(registry&)>(::dlsym(module, "show_once"))(metrics);
        std::string const first = exposition::text(metrics);
        std::string const second = exposition::text(metrics);
        for (char const* line : {"\nmodule_collected 1\n", "\nmodule_called 1\n"})
            if (first.find(line) != std::string::npos && second.find(line) == std::string::npos) ++ended;
    }
    auto const modules = static_cast<unsigned>(argc - 1);
    bool const is_exact =
        count.value().as_unsigned() == 1 + 6 * modules && durations.count() == 2 * modules &&
        exposition::text(metrics).find("module_total{by=\"module\"} " + std::to_string(10 * modules)) !=
            std::string::npos;
    std::printf("%u modules, %llu counted, %s, %u of %u ended themselves\n", modules,
                static_cast<unsigned long long>(count.value().as_unsigned()), is_exact ? "none lost" : "LOST",
                ended, 2 * modules);
    return is_exact && modules != 0 && ended == 2 * modules ? 0 : 1;
}

}  // namespace
