// SPDX-License-Identifier: Apache-2.0
// beast_callback: a Boost.Beast server with callbacks, every request recorded before the callback of its write.
#include <iafmetrics/beast/metrics_endpoint.hpp>
#include <iafmetrics/beast/middleware.hpp>
#include <iafmetrics/standard.hpp>

#include <boost/beast/core/tcp_stream.hpp>

#include "ask.hpp"

#include <memory>
#include <optional>
#include <thread>

namespace beast = boost::beast;
namespace http = beast::http;
namespace net = boost::asio;
using net::ip::tcp;

struct service {
    iafmetrics::registry registry;
    iafmetrics::beast::request_metrics metrics{registry, iafmetrics::standard::http_request_duration};
    iafmetrics::beast::metrics_endpoint endpoint{registry};
};

class session : public std::enable_shared_from_this<session> {
public:
    session(service& of, tcp::socket socket) : service_(of), stream_(std::move(socket)) {}

    void read()
    {
        request_ = {};
        stream_.expires_after(std::chrono::seconds(30));
        http::async_read(stream_, buffer_, request_,
                         [self = shared_from_this()](beast::error_code error, std::size_t) {
                             if (!error) self->answer();
                         });
    }

private:
    void answer()
    {
        observed_.emplace(service_.metrics.begin(request_));  // lives here until its write has completed
        if (service_.endpoint.matches(request_)) {
            observed_->discard();
            response_ = service_.endpoint(request_);
        } else {
            observed_->route("/hello/{name}");
            response_ = {http::status::ok, request_.version(), "hello\n"};
        }
        response_.keep_alive(request_.keep_alive());
        response_.prepare_payload();
        observed_->async_write(stream_, response_,
                               [self = shared_from_this()](beast::error_code error, std::size_t) {
                                   if (!error && self->request_.keep_alive()) self->read();
                               });
    }

    service& service_;
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    http::request<http::string_body> request_;
    http::response<http::string_body> response_;
    std::optional<iafmetrics::beast::observed_request> observed_;
};

void accept(service& of, tcp::acceptor& acceptor)
{
    acceptor.async_accept([&](beast::error_code error, tcp::socket socket) {
        if (error) return;
        std::make_shared<session>(of, std::move(socket))->read();
        accept(of, acceptor);
    });
}

int main()
{
    service hello;
    net::io_context io;
    tcp::acceptor acceptor(io, {net::ip::make_address("127.0.0.1"), 0});
    accept(hello, acceptor);
    std::jthread const server([&] { io.run(); });

    auto const port = acceptor.local_endpoint().port();
    ask(port, "/hello/ada");
    ask(port, "/hello/bob");
    print_counts(ask(port, "/metrics"));
    io.stop();
}

// Output:
// http_request_duration_seconds_count{method="GET",route="/hello/{name}",status_code="200"} 2
