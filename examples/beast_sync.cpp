// SPDX-License-Identifier: Apache-2.0
// beast_sync: a blocking Boost.Beast server, a thread for each connection, every request recorded.
#include <iafmetrics/beast/metrics_endpoint.hpp>
#include <iafmetrics/beast/middleware.hpp>
#include <iafmetrics/standard.hpp>

#include "ask.hpp"

#include <functional>
#include <list>
#include <thread>

namespace beast = boost::beast;
namespace http = beast::http;
namespace net = boost::asio;
using net::ip::tcp;
using response = http::response<http::string_body>;

void serve(tcp::socket socket,
           iafmetrics::beast::request_metrics& metrics,
           iafmetrics::beast::metrics_endpoint const& endpoint)
{
    beast::flat_buffer buffer;
    for (bool is_kept = true; is_kept;) {
        http::request<http::string_body> request;
        beast::error_code error;
        http::read(socket, buffer, request, error);
        if (error) return;  // the connection has ended: no request, nothing to record
        is_kept = request.keep_alive();

        auto observed = metrics.begin(request);  // the clock starts, in flight +1
        response answer{http::status::not_found, request.version()};
        if (endpoint.matches(request)) {
            observed.discard();  // a scrape is no request of the service
            answer = endpoint(request);
        } else if (request.target().starts_with("/hello/")) {
            observed.route("/hello/{name}");  // the template, never the raw path
            answer.result(http::status::ok);
            answer.body() = "hello\n";
        }
        answer.keep_alive(is_kept);
        answer.prepare_payload();
        observed.write(socket, answer, error);  // writes, then records
        if (error) return;
    }
}

int main()
{
    iafmetrics::registry registry;
    iafmetrics::beast::request_metrics metrics{registry, iafmetrics::standard::http_request_duration};
    metrics.declare(http::verb::get, "/hello/{name}");  // its status 500 is there, at 0, from now on
    iafmetrics::beast::metrics_endpoint const endpoint{registry};

    net::io_context io;
    tcp::acceptor acceptor(io, {net::ip::make_address("127.0.0.1"), 0});
    auto const port = acceptor.local_endpoint().port();
    {
        std::jthread const server([&] {
            std::list<std::jthread> connections;
            for (int i = 0; i != 4; ++i)  // a server would go on
                connections.emplace_back(serve, acceptor.accept(), std::ref(metrics), std::cref(endpoint));
        });
        ask(port, "/hello/ada");
        ask(port, "/hello/bob");
        ask(port, "/wp-login.php");
        ask(port, "/metrics");
    }
    print_counts(iafmetrics::exposition::text(registry));
}

// Output:
// http_request_duration_seconds_count{method="GET",route="unmatched",status_code="404"} 1
// http_request_duration_seconds_count{method="GET",route="/hello/{name}",status_code="200"} 2
