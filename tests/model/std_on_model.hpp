// SPDX-License-Identifier: Apache-2.0
// std_on_model: the standard library with the atomics, mutexes and allocations of the model in it.
//
// Names every standard header that the code under test needs, for these must not be read as model_std:
//
//     #include "std_on_model.hpp"
//     #include <iafmetrics/detail/label_index.hpp>
//     #include "std_again.hpp"
//
// What is checked is then the header itself and not a copy of its algorithm.
#pragma once

#include "memory_model.hpp"
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace model_std {
using namespace std;  // NOLINT(google-build-using-namespace): all of it but what follows

template <class Type>
std::uint64_t to_bits(Type value) noexcept
{
    if constexpr (std::is_pointer_v<Type>)
        return reinterpret_cast<std::uintptr_t>(value);
    else if constexpr (std::is_same_v<Type, double>)
        return std::bit_cast<std::uint64_t>(value);
    else
        return static_cast<std::uint64_t>(value);
}
template <class Type>
Type from_bits(std::uint64_t bits) noexcept
{
    if constexpr (std::is_pointer_v<Type>)
        return reinterpret_cast<Type>(static_cast<std::uintptr_t>(bits));
    else if constexpr (std::is_same_v<Type, double>)
        return std::bit_cast<double>(bits);
    else
        return static_cast<Type>(bits);
}

/// Operations on one location.
template <class Type>
class operations {
public:
    using source = std::source_location;
    static constexpr bool is_always_lock_free = true;

    Type load(std::memory_order order, source at = source::current()) const noexcept
    {
        return from_bits<Type>(ask(model::access::load, order, {}, nullptr, at).value);
    }
    void store(Type value, std::memory_order order, source at = source::current()) const noexcept
    {
        ask(model::access::store, order, value, nullptr, at);
    }
    void wait(Type old, std::memory_order order, source at = source::current()) const noexcept
    {
        model::detail::perform({model::access::wait, &where_, order, order, to_bits(where_), true,
                                to_bits(old), 0, nullptr, at});
    }
    void notify_all() const noexcept {}
    Type fetch_add(Type amount, std::memory_order order, source at = source::current()) const noexcept
    {
        auto const add = [](std::uint64_t old, std::uint64_t by) {
            return to_bits<Type>(from_bits<Type>(old) + from_bits<Type>(by));
        };
        return from_bits<Type>(ask(model::access::read_modify_write, order, amount, add, at).value);
    }
    Type fetch_sub(Type amount, std::memory_order order, source at = source::current()) const noexcept
    {
        auto const subtract = [](std::uint64_t old, std::uint64_t by) {
            return to_bits<Type>(from_bits<Type>(old) - from_bits<Type>(by));
        };
        return from_bits<Type>(ask(model::access::read_modify_write, order, amount, subtract, at).value);
    }
    bool compare_exchange_strong(Type& expected,
                                 Type value,
                                 std::memory_order order,
                                 source at = source::current()) const noexcept
    {
        bool const is_release_only = order == std::memory_order_release;
        auto const failure = order == std::memory_order_acq_rel ? std::memory_order_acquire
                             : is_release_only                  ? std::memory_order_relaxed
                                                                : order;
        return compare_exchange_strong(expected, value, order, failure, at);
    }
    bool compare_exchange_strong(Type& expected,
                                 Type value,
                                 std::memory_order order,
                                 std::memory_order failure,
                                 source at = source::current()) const noexcept
    {
        auto const got =
            model::detail::perform({model::access::read_modify_write, &where_, order, failure,
                                    to_bits(where_), true, to_bits(expected), to_bits(value), nullptr, at});
        if (!got.has_written) expected = from_bits<Type>(got.value);
        return got.has_written;
    }

protected:
    explicit operations(Type& where) noexcept : where_(where) {}

private:
    model::detail::answer ask(model::access how,
                              std::memory_order order,
                              Type operand,
                              std::uint64_t (*change)(std::uint64_t, std::uint64_t),
                              source at) const noexcept
    {
        return model::detail::perform(
            {how, &where_, order, order, to_bits(where_), false, 0, to_bits(operand), change, at});
    }
    Type& where_;  // an address, and the value where it was made before any thread
};

template <class Type>
class atomic_ref : public operations<Type> {
public:
    explicit atomic_ref(Type& to) noexcept : operations<Type>(to) {}
};

template <class Type>
class atomic {
public:
    constexpr atomic() noexcept : atomic(Type{}) {}
    constexpr atomic(Type value) noexcept : value_(value)  // NOLINT(google-explicit-constructor): as in std
    {
        if (!std::is_constant_evaluated()) model::detail::construct(this, to_bits(value));
    }
    constexpr ~atomic()
    {
        if (!std::is_constant_evaluated()) model::detail::destroy(this);
    }
    atomic(atomic const&) = delete;
    atomic& operator=(atomic const&) = delete;

    using source = std::source_location;
    Type load(std::memory_order order, source at = source::current()) const noexcept
    {
        return self().load(order, at);
    }
    void store(Type value, std::memory_order order, source at = source::current()) noexcept
    {
        self().store(value, order, at);
    }
    void wait(Type old, std::memory_order order, source at = source::current()) const noexcept
    {
        self().wait(old, order, at);
    }
    void notify_all() noexcept {}
    Type fetch_add(Type amount, std::memory_order order, source at = source::current()) noexcept
    {
        return self().fetch_add(amount, order, at);
    }
    Type fetch_sub(Type amount, std::memory_order order, source at = source::current()) noexcept
    {
        return self().fetch_sub(amount, order, at);
    }
    bool compare_exchange_strong(Type& expected,
                                 Type value,
                                 std::memory_order order,
                                 source at = source::current()) noexcept
    {
        return self().compare_exchange_strong(expected, value, order, at);
    }
    bool compare_exchange_strong(Type& expected,
                                 Type value,
                                 std::memory_order order,
                                 std::memory_order failure,
                                 source at = source::current()) noexcept
    {
        return self().compare_exchange_strong(expected, value, order, failure, at);
    }

private:
    [[nodiscard]] atomic_ref<Type> self() const noexcept { return atomic_ref<Type>(value_); }

    mutable Type value_;
};

/// Blocks in the model: a thread that waits for it is not run.
class mutex {
public:
    constexpr mutex() noexcept = default;
    void lock() { perform(model::access::lock); }
    void unlock() { perform(model::access::unlock); }

private:
    void perform(model::access how)
    {
        model::detail::perform({how, this, std::memory_order_relaxed, std::memory_order_relaxed, 0, false, 0,
                                0, nullptr, std::source_location::current()});
    }
    [[maybe_unused]] char address_ = 0;  // a mutex is told by its address
};

inline void* calloc(std::size_t count, std::size_t size)
{
    void* const made = std::calloc(count, size);
    model::detail::own(made, count * size);
    return made;
}
inline void* malloc(std::size_t size) { return calloc(1, size); }
inline void* aligned_alloc(std::size_t alignment, std::size_t size)
{
    void* const made = std::aligned_alloc(alignment, size);
    model::detail::own(made, size);
    return made;
}
inline void free(void* made) noexcept
{
    model::detail::disown(made);
    std::free(made);
}

}  // namespace model_std

#define std model_std  // NOLINT: the code under test says std::
