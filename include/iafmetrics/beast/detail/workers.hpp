// SPDX-License-Identifier: Apache-2.0
// workers: threads for what takes long, made as they are needed, so that an event loop goes on meanwhile.
#pragma once

#include <iafmetrics/beast/detail/run_until_stopped.hpp>
#include <iafmetrics/beast/detail/thread_without_signals.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::beast::detail {

/// Runs functions for the coroutines of one event loop.
///
///     workers others;
///     auto made = co_await others.run([&] { return endpoint.begin(request); });  // resumes on the event loop
///
/// What a function refers to stays as it is until run() has returned: its coroutine is suspended, and whoever destroys
/// that coroutine early is ~workers, when no function runs any more. So it is read in one thread at a time: the two
/// queues, of this and of the event loop, order what the function did before what follows run().
///
/// Threads:  run() is for the event loop's alone. One thread from the start, and one more for a call that finds all of them
///           busy: as many as there were calls at a time, which their caller bounds. Signals are blocked in them.
/// Cost:     two wake-ups and two allocations a call; the result is moved.
/// Errors:   std::system_error where the first thread cannot be made; without a further one, calls wait for each other.
///           What a function throws, run() throws.
/// Lifetime: shorter than the event loop's, which no longer runs when this goes. Waits for the functions that run; those
///           that wait are dropped with their coroutines.
class workers {
public:
    workers() { add_thread(); }
    workers(workers const&) = delete;
    workers& operator=(workers const&) = delete;
    ~workers()
    {
        io_.stop();
        for (std::thread& one : threads_)
            one.join();
    }

    template <class Function>
    boost::asio::awaitable<std::invoke_result_t<Function&>> run(Function function)
    {
        call const counted(*this);
        if (calls_ > threads_.size()) try_to_add_thread();
        auto called = boost::asio::co_spawn(io_, result_of(function), boost::asio::use_awaitable);
        co_return co_await std::move(called);
    }

private:
    class call {
    public:
        explicit call(workers& of) noexcept : of_(of) { ++of_.calls_; }
        call(call const&) = delete;
        call& operator=(call const&) = delete;
        ~call() { --of_.calls_; }

    private:
        workers& of_;
    };

    template <class Function>
    static boost::asio::awaitable<std::invoke_result_t<Function&>> result_of(Function& function)
    {
        co_return function();
    }

    void add_thread()
    {
        threads_.reserve(threads_.size() + 1);  // a thread that has no place is one that cannot be joined
        threads_.push_back(thread_without_signals([this] { run_until_stopped(io_); }));
    }

    void try_to_add_thread() noexcept
    {
        try {
            add_thread();
        } catch (...) {  // the threads that there are do it
        }
    }

    std::size_t calls_ = 0;
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stays_{io_.get_executor()};
    std::vector<std::thread> threads_;
};

}  // namespace iafmetrics::inline v0::beast::detail
