// SPDX-License-Identifier: Apache-2.0
// scripted_server: a peer on the loopback that answers exactly what a test says, byte for byte.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

/// Answers each request by a function of its number and its text.
///
///     scripted_server peer([](int, std::string const&) { return scripted_server::json(200, "{}"); });
///     client api{io.get_executor(), {.url = peer.url()}};
class scripted_server {
public:
    /// What to send, in how many pieces, and what happens to the connection then.
    struct reply {
        std::vector<std::string> pieces;
        enum class then { keep, close, hang } afterwards = then::keep;  // hang: neither send nor close
    };
    /// Called from several threads, one call at a time; `request` is head and body.
    using script = std::function<reply(int number, std::string const& request)>;

    explicit scripted_server(script answers);
    ~scripted_server();

    [[nodiscard]] std::string url() const;
    [[nodiscard]] std::vector<std::string> requests() const;
    [[nodiscard]] int connections() const;

    /// A whole answer with Content-Length.
    [[nodiscard]] static reply json(int code, std::string const& body, std::string const& headers = {});

    /// A chunked 200 whose body is cut into chunks of `size` bytes, each sent by itself; ended as HTTP asks.
    [[nodiscard]] static reply chunked(std::string const& body, std::size_t size);

private:
    struct state;
    std::shared_ptr<state> state_;
};
