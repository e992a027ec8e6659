// SPDX-License-Identifier: Apache-2.0
// api_under_test: a client whose coroutines a test runs to their end.
#pragma once

#include <kubernetes/client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <utility>

/// A client with an event loop of its own.
///
///     api_under_test api{{.url = peer.url()}};
///     auto found = api(api->get(applications, "ns", "name"));
class api_under_test {
public:
    explicit api_under_test(iafmetrics::kubernetes::client_options options)
        : client_(io_.get_executor(), std::move(options))
    {}

    iafmetrics::kubernetes::client* operator->() { return &client_; }
    iafmetrics::kubernetes::client& client() { return client_; }
    boost::asio::io_context& io() { return io_; }

    template <class T>
    T operator()(boost::asio::awaitable<T> work)
    {
        auto done = boost::asio::co_spawn(io_, std::move(work), boost::asio::use_future);
        io_.restart();
        io_.run();
        return done.get();
    }

private:
    boost::asio::io_context io_{1};
    iafmetrics::kubernetes::client client_;
};
