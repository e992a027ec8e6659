// SPDX-License-Identifier: Apache-2.0
// Sends one answer.
#pragma once

#include <http_service/detail/connection.hpp>

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstdint>

namespace iafmetrics::http_service::detail {

// What the answer depends on in the request.
struct reply_options {
    unsigned version = 11;
    bool keep_alive = false;
    bool head = false;  // HEAD: the fields alone
};

struct reply_result {
    http::status status;
    boost::system::error_code error;
    bool keep_alive;
    std::uint64_t body_size = 0;  // without the framing of chunks
};

// Writes the answer within the write deadline. A response that HTTP cannot carry (a field with a line break)
// is sent as 500.
net::awaitable<reply_result> send(connection& peer, answer what, reply_options how);

// The server's own error, in the shape of its options.
response render(server_options const& options, http::status status, std::string_view reason);

// Says goodbye without a reset that would cost the peer its answer: stops sending, then reads and drops what
// still arrives, until the peer closes or is quiet for a while.
net::awaitable<void> linger(connection& peer, std::chrono::seconds longest = std::chrono::seconds{30});

}  // namespace iafmetrics::http_service::detail
