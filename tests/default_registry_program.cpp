// SPDX-License-Identifier: Apache-2.0
// The default registry before main, in main, and after the destruction of the statics that were made after it. The last
// word is the exit code of an object that is destroyed after all others.
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/default_registry.hpp>
#include <iafmetrics/exposition/text.hpp>

#include <unistd.h>

#include <cstdio>
#include <string>

using namespace iafmetrics;

namespace {

inline constexpr counter_spec steps{"steps_total", "Steps."};
inline constexpr claimable<gauge_spec<"session">> sessions{"sessions_bytes", "Sessions."};

/// Made first and destroyed last.
struct last_word {
    last_word()
    {
        default_process_collector().reset();
        default_registry().add(steps).increment();
    }
    last_word(last_word const&) = delete;
    last_word& operator=(last_word const&) = delete;
    ~last_word()
    {
        counter& count = default_registry().add(steps);
        count.increment(4);
        std::string const page = exposition::text(default_registry());
        bool const is_right =
            page == "# HELP steps_total Steps.\n# TYPE steps_total counter\nsteps_total 7\n";
        std::printf("%s%s\n", page.c_str(), is_right ? "as expected" : "WRONG");
        std::fflush(stdout);
        ::_exit(is_right ? 0 : 1);
    }
};
last_word const word;

/// Gives its series back while statics are destroyed.
claimed_of<sessions> owner = default_registry().add(sessions).claim("static");

}  // namespace

int main()
{
    default_registry().add(steps).increment(2);
    owner->set(1);
    bool const is_shown =
        exposition::text(default_registry()).find("sessions_bytes{session=\"static\"} 1\n") !=
        std::string::npos;
    if (!is_shown) ::_exit(2);
    return 3;  // never seen: last_word ends the program
}
