// SPDX-License-Identifier: Apache-2.0
// weakening: runs a program through all executions; weakens one access after the other and asks whether a check notices.
#pragma once

#include <doctest/doctest.h>

#include "memory_model.hpp"
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <set>
#include <string>
#include <vector>

namespace model {

inline void check_every_execution(program const& one)
{
    result const all = explore(one);
    CHECK(all.failure == "");
    CHECK(all.executions > 1);
    MESSAGE(all.executions << " executions");
}

/// How the program fails with this access weakened; empty where it does not. In a process of its own, for what is
/// read too early may be a null pointer.
inline std::string failure_of(program const& one, site const& weakened)
{
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return "";
    pid_t const child = ::fork();
    if (child == 0) {
        std::signal(SIGSEGV, SIG_DFL);
        std::string const failure = explore(one, weakened).failure;
        (void)!::write(ends[1], failure.data(), failure.size());
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string text(200, '\0');
    ssize_t const length = ::read(ends[0], text.data(), text.size());
    text.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return WEXITSTATUS(status) != 0 ? "ended by a sanitizer" : text;
}

/// The next weaker ones.
inline std::vector<std::memory_order> weaker_than(std::memory_order order)
{
    if (order == std::memory_order_acq_rel) return {std::memory_order_acquire, std::memory_order_release};
    return {std::memory_order_relaxed};
}

/// For orderings.py, which asks for each ordering in include/ whether it stands here.
inline void note_as_noticed(site const& one)
{
    std::ofstream(ORDERINGS_NOTICED, std::ios::app)
        << one.file << ' ' << one.line << ' ' << one.column << (one.is_of_failure ? " failure\n" : "\n");
}

/// Each access of these files that is stronger than relaxed must be noticed, in one program at least, when it is
/// weaker. Where functions are named, only those that stand in them.
inline void check_that_each_ordering_matters(std::vector<program> const& programs,
                                             std::set<std::string> const& files,
                                             std::vector<std::string> const& functions = {})
{
    std::set<site> sites;
    for (program const& each : programs)
        sites.merge(explore(each).sites);
    auto const is_asked_for = [&](site const& each) {
        return files.contains(each.file) &&
               (functions.empty() || std::ranges::any_of(functions, [&](std::string const& name) {
                    return each.function.find("::" + name + "(") != std::string::npos;
                }));
    };
    std::erase_if(sites, [&](site const& each) { return !is_asked_for(each); });
    CHECK(!sites.empty());
    for (site const& each : sites) {
        std::string const at = each.file + ":" + std::to_string(each.line) + ":" +
                               std::to_string(each.column) +
                               (each.is_of_failure ? ", where it does not write," : "");
        bool is_noticed = true;
        for (std::memory_order const weaker : weaker_than(each.order)) {
            site weakened = each;
            weakened.order = weaker;
            std::string noticed;
            for (program const& one : programs)
                if (noticed.empty()) noticed = failure_of(one, weakened);
            CHECK_MESSAGE(!noticed.empty(), at << " may be weaker and nothing notices");
            if (!noticed.empty()) MESSAGE(at << " weaker: " << noticed);
            is_noticed = is_noticed && !noticed.empty();
        }
        if (is_noticed) note_as_noticed(each);
    }
}

}  // namespace model
