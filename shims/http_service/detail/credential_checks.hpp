// SPDX-License-Identifier: Apache-2.0
// Checks of credentials that take long, in threads of their own.
#pragma once

#include <iafmetrics/http/access.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <string>

namespace iafmetrics::http_service::detail {

namespace net = boost::asio;

// Threads:  any.
// Lifetime: it may go with checks under way: those that have begun are awaited. An event loop may end before it: nobody is
//           answered then.
class credential_checks {
public:
    // `threads` at a time, and so many more that wait.
    credential_checks(std::size_t threads, std::size_t waiting) : most_{threads + waiting}, pool_{threads} {}

    // What the authorizer says of the field, whose exceptions let nobody in; busy at once where there are too many.
    net::awaitable<iafmetrics::http::access> run(iafmetrics::http::authorizer authorize, std::string field);

private:
    std::size_t const most_;
    std::atomic<std::size_t> under_way_{0};
    net::thread_pool pool_;
};

}  // namespace iafmetrics::http_service::detail
