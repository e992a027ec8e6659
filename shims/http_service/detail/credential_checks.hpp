// SPDX-License-Identifier: Apache-2.0
// Checks of credentials: what takes long in threads of its own, and by turns of the peers' networks.
#pragma once

#include <iafmetrics/http/access.hpp>

#include <http_service/detail/fair_line.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/http/message.hpp>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

namespace iafmetrics::http_service::detail {

namespace http = boost::beast::http;
namespace net = boost::asio;

// Threads:  any.
// Lifetime: it may go with checks under way: those that have begun are awaited. An event loop may end before it: nobody is
//           answered then.
class credential_checks {
public:
    // `threads` at a time, and so many more that wait.
    credential_checks(std::size_t threads, std::size_t waiting);
    credential_checks(credential_checks const&) = delete;
    credential_checks& operator=(credential_checks const&) = delete;
    ~credential_checks();

    // Whether a request may pass. Two Authorization fields are none: another reader may take the other one.
    net::awaitable<iafmetrics::http::access>
    ask(iafmetrics::http::authorizer by, http::request_header<> const& head, net::ip::address peer);

    // What the authorizer says of the field, whose exceptions let nobody in; busy where there are too many, and of the
    // network that has most of them.
    net::awaitable<iafmetrics::http::access>
    run(iafmetrics::http::authorizer by, std::string field, net::ip::address network);

private:
    struct ticket;
    class place;

    void work();
    void stop() noexcept;

    std::mutex mutex_;  // of what is below
    std::condition_variable changed_;
    fair_line<std::shared_ptr<ticket>> line_;
    bool is_over_ = false;
    net::thread_pool pool_;
};

}  // namespace iafmetrics::http_service::detail
