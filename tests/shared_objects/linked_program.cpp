// SPDX-License-Identifier: Apache-2.0
// Linked with two libraries that share its default registry: a counter, counted on two threads, and a series that goes
// with the later of its owners.
#include <iafmetrics/default_registry.hpp>
#include <iafmetrics/exposition/text.hpp>

#include "linked.hpp"

#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

using namespace iafmetrics;

namespace {

bool is_shown(std::string_view line)
{
    std::string const page = exposition::text(default_registry());
    return page.find("\n" + std::string(line) + "\n") != std::string::npos;
}

}  // namespace

int main()
{
    constexpr std::string_view series = "linked_session_memory_bytes{session=\"of both\"} 4";
    linked const one = first();
    linked two{};
    std::thread([&] { two = second(); }).join();
    bool const is_one_state = one.counted == two.counted && one.counted->value().as_unsigned() == 6 &&
                              is_shown("linked_total 6") && one.owned == two.owned && is_shown(series);
    one.end();
    bool const stays = is_shown(series);
    two.end();
    bool const goes = !is_shown(series);
    std::printf("one state: %d, a series stays with its second owner: %d, and goes with it: %d\n",
                is_one_state, stays, goes);
    return is_one_state && stays && goes ? 0 : 1;
}
