// SPDX-License-Identifier: Apache-2.0
// What must happen also when no memory is left: its handlers live in memory that is set aside beforehand.
#pragma once

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <new>
#include <thread>
#include <utility>

namespace iafmetrics::http_service::detail {

namespace net = boost::asio;

// For one handler at a time; more take theirs from the heap. Threads: any. It outlives the event loop that holds its handlers.
class reserved_memory {
public:
    template <class T>
    class allocator {
    public:
        using value_type = T;
        explicit allocator(reserved_memory& of) noexcept : of_{&of} {}
        template <class U>
        allocator(allocator<U> const& other) noexcept : of_{other.of_}
        {}

        T* allocate(std::size_t count) { return static_cast<T*>(of_->take(count * sizeof(T))); }
        void deallocate(T* bytes, std::size_t) noexcept { of_->give_back(bytes); }
        friend bool operator==(allocator const&, allocator const&) = default;

    private:
        template <class U>
        friend class allocator;
        reserved_memory* of_;
    };

    // `call` with this memory as its own.
    template <class Call>
    auto bind(Call call)
    {
        return net::bind_allocator(allocator<std::byte>{*this}, std::move(call));
    }

private:
    void* take(std::size_t size)
    {
        if (size <= sizeof bytes_ && !taken_.exchange(true)) return bytes_;
        return ::operator new(size);
    }
    void give_back(void* bytes) noexcept
    {
        if (bytes == bytes_)
            taken_ = false;
        else
            ::operator delete(bytes);
    }

    alignas(std::max_align_t) std::byte bytes_[512];
    std::atomic<bool> taken_{false};
};

// Calls back after a while, once for each set(). Where there is no memory for a place among the timers, after a millisecond.
class alarm {
public:
    alarm(net::io_context& context, reserved_memory& memory)
        : context_{context}, memory_{memory}, timer_{context}
    {}

    // Not while one is set.
    template <class Call>
    void set(std::chrono::milliseconds time, Call call) noexcept
    {
        try {
            timer_.expires_after(time);
            timer_.async_wait(memory_.bind([call](boost::system::error_code error) {
                if (error != net::error::operation_aborted) call();
            }));
            return;
        } catch (std::bad_alloc const&) {}
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
        net::post(context_, memory_.bind(call));
    }

private:
    net::io_context& context_;
    reserved_memory& memory_;
    net::steady_timer timer_;
};

}  // namespace iafmetrics::http_service::detail
