// SPDX-License-Identifier: Apache-2.0
// library_state: what the library keeps beside its objects, for each thread of the model. After std_on_model.hpp
// and the code under test.
#pragma once

#include <array>
#include <new>

namespace model {

struct library_thread {
    iafmetrics::detail::slab* slab = &iafmetrics::detail::empty_slab;
    iafmetrics::detail::slab* lease = nullptr;
};
inline std::array<library_thread, 4> library_threads;

/// As when a process begins.
inline void reset_library()
{
    library_threads = {};
    iafmetrics::detail::this_thread_slab = &iafmetrics::detail::empty_slab;
    iafmetrics::detail::this_thread_lease.held = nullptr;
    new (&iafmetrics::detail::local_store) iafmetrics::detail::cell_store{};
}

/// The memory of an execution ends with it: nothing may point there.
template <class Pointer>
void forget_library(Pointer& object)
{
    object.reset();
    reset_library();
}

inline void switch_library_threads(std::size_t from, std::size_t to)
{
    library_threads[from] = {iafmetrics::detail::this_thread_slab,
                             iafmetrics::detail::this_thread_lease.held};
    iafmetrics::detail::this_thread_slab = library_threads[to].slab;
    iafmetrics::detail::this_thread_lease.held = library_threads[to].lease;
}

}  // namespace model
