// SPDX-License-Identifier: Apache-2.0
// The server that is attacked, plain or over TLS, and those who use it meanwhile.
#pragma once

#include <iafmetrics/registry.hpp>

#include <http_service/refusals.hpp>

#include "raw_client.hpp"

#include <atomic>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace test {

enum class transport { plain, tls };

/// Answers GET /hello and POST /echo, and counts the calls of GET /smuggled, which no test asks for in good faith.
class target {
public:
    explicit target(transport how, iafmetrics::http_service::server_options options = {});
    ~target();

    raw_client connect();
    net::ssl::context* client() { return client_.get(); }  // null: plain
    http::response<http::string_body> ask(std::string_view request);

    std::uint16_t port() const { return server_->port(); }
    int smuggled() const { return smuggled_; }
    double refused(std::string const& reason) const;
    /// What is counted after the peer has its answer, or none: awaited.
    bool comes_to_refuse(std::initializer_list<char const*> reasons, double at_least) const;

    /// Of 100 requests on connections of their own, those that were answered so; each within ten seconds.
    int legitimate_answers(
        std::string_view request = "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        std::string_view answer = "hello");

    /// Bytes of this process in memory beyond those of before the attack; 0 under a sanitizer, which keeps what is freed.
    std::size_t grown() const;

private:
    iafmetrics::registry metrics_;
    iafmetrics::http_service::refusals turned_away_{metrics_};
    std::atomic<int> smuggled_{0};
    std::unique_ptr<net::ssl::context> client_;
    std::unique_ptr<running> server_;
    std::size_t before_ = 0;
};

}  // namespace test
