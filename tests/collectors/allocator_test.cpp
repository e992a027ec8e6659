// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/collectors/allocator.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/testing/value.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <memory>

#if defined(IAFMETRICS_HAS_ALLOCATOR_COLLECTOR)

TEST_CASE("allocator: sees what the program holds, large pieces apart")
{
    iafmetrics::registry r;
    r.add(iafmetrics::collectors::allocator{});
    auto const value = [&](char const* name) { return iafmetrics::testing::value(r, name); };
    double const allocated = value("glibc_malloc_allocated_bytes");
#    if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    CHECK(allocated == 0);  // their malloc, not glibc's
#    else
    constexpr std::size_t size = std::size_t{64} << 20U;
    double const mapped = value("glibc_malloc_mapped_bytes");
    CHECK(allocated > 0);
    CHECK(value("glibc_malloc_heap_bytes") > 0);
    {
        std::unique_ptr<char[]> const large(new char[size]);
        CHECK(value("glibc_malloc_mapped_bytes") >= mapped + size);
        CHECK(value("glibc_malloc_allocated_bytes") >= allocated + size / 2);
    }
    CHECK(value("glibc_malloc_mapped_bytes") < mapped + size);
#    endif
}

#endif
