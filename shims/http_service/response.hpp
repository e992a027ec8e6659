// SPDX-License-Identifier: Apache-2.0
// What a handler answers: a whole response or a streamed one; and the one shape of errors.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/fwd.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <variant>

namespace iafmetrics::http_service {

namespace http = boost::beast::http;
namespace net = boost::asio;

/// A whole answer. The server sets Content-Length, Connection and Date, and leaves the body out for HEAD.
using response = http::response<http::string_body>;

/// The open end of a streamed answer.
class response_stream {
public:
    virtual ~response_stream() = default;

    /// Sends one chunk; an empty one sends nothing. False: the peer is gone or too slow, stop writing.
    virtual net::awaitable<bool> write(std::string_view chunk) = 0;
};

/// Writes a streamed answer, chunk by chunk, and returns when it is complete.
///
/// When the peer goes away or the server drains, whatever the streamer awaits is cancelled: it ends with
/// operation_aborted, and so does each later wait. What the streamer holds is released by its destructors.
using streamer = std::function<net::awaitable<void>(response_stream&)>;

/// An answer of unknown length: chunked on HTTP/1.1, ended by the close of the connection on 1.0.
struct stream_response {
    response head;  ///< status and fields; its body is not sent
    streamer body;
};

/// The sending of one answer, which others may end: for answers that hold what others wait for.
///
/// Threads: any.
class sending {
public:
    /// Closes the connection that the answer is being sent on, or is going to be; does nothing afterwards. The server counts
    /// such an answer as refused::write_timeout.
    void cut();

    /// The server's: from now on cut() calls `close`, at once where it was cut before. It posts, for it is called under a lock.
    void begin(std::function<void()> close);
    /// The server's: the answer has been sent or has failed; `close` is called no more. Whether it was cut.
    bool end() noexcept;

private:
    std::mutex mutex_;
    std::function<void()> close_;
    bool was_cut_ = false;
};

/// A whole answer, and what is held until it has been sent or the peer is gone: a place among so many, for one.
///
///     held_response made{file_of(path), std::move(place)};
///     co_return made;
struct held_response {
    response whole;
    std::shared_ptr<void const> held;
    std::shared_ptr<http_service::sending> sending = {};  ///< where somebody may cut it; null: nobody
};

using answer = std::variant<response, stream_response, held_response>;

/// The value as application/json.
response json_response(http::status status, boost::json::value const& value);

/// An error in the one shape that the server itself answers with; "field" is absent where it is empty.
///
///     error_response(http::status::unprocessable_entity, "must be a number from 1 to 65535, not 0",
///     "spec.port")
///     // {"error":{"status":422,"field":"spec.port","reason":"must be a number from 1 to 65535, not 0"}}
response error_response(http::status status, std::string_view reason, std::string_view field = {});

}  // namespace iafmetrics::http_service
