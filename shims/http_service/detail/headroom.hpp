// SPDX-License-Identifier: Apache-2.0
// Whether memory is left, asked before a step that takes much of it.
#pragma once

#include <cstddef>
#include <cstdlib>

namespace iafmetrics::http_service::detail {

// Whether the process can have so many bytes, and a MiB beside them for what is small. Asio ends the process where the step of
// a coroutine finds no memory, and its unwinding, which takes less than a hundred bytes, neither: new connections and larger
// bodies wait before it comes to that. 0.1 us.
inline bool has_memory(std::size_t bytes) noexcept
{
    constexpr std::size_t headroom = std::size_t{1} << 20;
    void* const volatile probe =
        std::malloc(bytes + headroom);  // volatile: or the compiler leaves both calls out
    std::free(probe);
    return probe != nullptr;
}

}  // namespace iafmetrics::http_service::detail
