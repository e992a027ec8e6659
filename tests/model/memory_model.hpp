// SPDX-License-Identifier: Apache-2.0
// memory_model: runs a few threads through every interleaving, and every value that a load may see in it.
#pragma once

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <source_location>
#include <string>
#include <tuple>
#include <vector>

namespace model {

/// The fragment of the C++20 memory model that the library uses: relaxed, acquire and release accesses,
/// read-modify-writes, mutexes and plain data; no fences and no seq_cst.
///
/// Each location keeps all that was ever written into it. Each thread has a view: how new, at least, what it
/// reads of each location must be. A load may see any message that is not older than the view (a choice); an
/// acquire load takes the view along that a release store left in its message. A thread that touches memory
/// whose construction its view does not hold is a race. What this leaves out: values out of thin air, and two
/// plain stores into one location by threads that know nothing of each other, which is reported as an error.
/// A wait reads until it reads something else than expected: where there is nothing else, its thread is not run.
enum class access { load, store, read_modify_write, wait, lock, unlock };

/// Where an access stands in the source. A compare_exchange is two: what it is when it writes, and when it does not.
struct site {
    std::string file;
    unsigned line = 0;
    unsigned column = 0;
    bool is_of_failure = false;
    std::string function = {};  // with its namespaces and parameters; of a template one of several
    std::memory_order order = std::memory_order_relaxed;
    friend auto operator<=>(site const& a, site const& b)
    {
        return std::tie(a.file, a.line, a.column, a.is_of_failure) <=>
               std::tie(b.file, b.line, b.column, b.is_of_failure);
    }
    friend bool operator==(site const& a, site const& b) { return (a <=> b) == 0; }
};

struct result {
    std::uint64_t executions = 0;  // complete ones
    std::string failure;           // empty: every check held in all of them
    std::set<site> sites;          // of all accesses that are stronger than relaxed
};

struct program {
    /// Before the threads, as the first of them; and after all of them, as the first again.
    std::function<void()> before = [] {};
    std::vector<std::function<void()>> threads;
    std::function<void()> after = [] {};
    /// At the end of each execution, also of those that were cut short: drops what `before` made.
    std::function<void()> end = [] {};
    /// Called where the model goes on with another thread: swaps what is thread_local in the code under test.
    std::function<void(std::size_t from, std::size_t to)> switch_threads = [](std::size_t, std::size_t) {};
    /// Accesses of one thread before its execution is cut short, unchecked: for loops that retry.
    std::size_t most_accesses = 200;
};

/// Runs the program through all of its executions, or to the first check that fails. The site of `weakened`
/// has the order that is written there in all of them.
[[nodiscard]] result explore(program const& all, site const& weakened = {});

/// For the threads and for after(): fails this execution.
void check(bool holds, char const* what);

namespace detail {

struct request {
    access how;
    void const* where;
    std::memory_order order;
    std::memory_order failure_order;
    std::uint64_t initial;  // where the location is new to the model
    bool has_expected;
    std::uint64_t expected;
    std::uint64_t operand;
    std::uint64_t (*change)(std::uint64_t, std::uint64_t);  // of a read_modify_write
    std::source_location source;
};
struct answer {
    std::uint64_t value;
    bool has_written;
};

answer perform(request const& what);
void construct(void const* where, std::uint64_t value);
void destroy(void const* where) noexcept;
void own(void const* begin, std::size_t size);  // zeroed memory of the calling thread
void disown(void const* begin) noexcept;

}  // namespace detail
}  // namespace model
