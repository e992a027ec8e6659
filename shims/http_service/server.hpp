// SPDX-License-Identifier: Apache-2.0
// A hardened HTTP/1.1 server: routes, limits, deadlines, graceful drain, each request observed.
#pragma once

#include <iafmetrics/fwd.hpp>
#include <iafmetrics/http/tls_options.hpp>

#include <http_service/certificate_metrics.hpp>
#include <http_service/connection_metrics.hpp>
#include <http_service/guard.hpp>
#include <http_service/refusals.hpp>
#include <http_service/router.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace iafmetrics::http_service {

struct server_options {
    std::string address = "127.0.0.1";  ///< an IP address; "0.0.0.0" or "::" for all
    std::uint16_t port = 0;             ///< 0: a free one, see server::port()
    int threads = 1;                    ///< each with an event loop and a listening socket of its own

    /// HTTPS instead of HTTP. Files that change are read again within a second, for connections that are new then; a
    /// renewal that cannot be used is logged, and the certificate in use stays. Sessions are resumed only where no
    /// certificate is asked of clients, so that each new connection is verified against the client_ca of now.
    std::optional<iafmetrics::http::tls_options> tls = {};

    /// Over TLS it is asked once a second, by one thread: what `tls` is from now on, none where it has not changed. What cannot
    /// be used is reported as a renewal that cannot. It throws nothing.
    std::function<std::optional<iafmetrics::http::tls_options>()> changed_tls = {};

    std::size_t header_limit = 8 * 1024;  ///< bytes of request line and fields; 431 beyond
    /// Open at a time, over all threads. A new connection beyond it closes the one that the server has waited for longest:
    /// for a handshake, more of a header or a body, or the next request. Where requests are being answered on all of them,
    /// it is 503.
    /// 0: 4096, and over TLS 1024, which take less than 200 MB with a body_budget of 64 MiB. Never more than three quarters of the descriptors that
    /// the process may open (RLIMIT_NOFILE) when the server is made: a quarter is left for the program.
    std::size_t connection_limit = 0;
    /// 0: as many as there may be, for behind a proxy all come from one. An IPv6 address stands for its /64.
    std::size_t connections_per_address = 0;
    std::size_t requests_per_connection = 0;  ///< then it closes; 0: any number
    /// Beside a body itself, its chunks may bring this many bytes of sizes, extensions and trailers, and 8 for each byte of
    /// the body; 413 beyond.
    std::size_t framing_limit = 8 * 1024;
    std::size_t body_rate = 64 * 1024;  ///< bytes a second, which a body may not fall below
    /// Bytes of all bodies under way, as they arrive. Where so many are there, a body that has been silent for a second is given
    /// up for one that goes on; where there is none, 503 after two seconds. No single body may be larger either: 413.
    std::size_t body_budget = std::size_t{64} << 20;

    std::chrono::milliseconds handshake_timeout{10'000};  ///< of TLS
    std::chrono::milliseconds idle_timeout{60'000};       ///< between two requests
    std::chrono::milliseconds header_timeout{10'000};     ///< from the first byte to the end of the header
    std::chrono::milliseconds body_timeout{10'000};   ///< beside the time that the body takes at body_rate
    std::chrono::milliseconds write_timeout{30'000};  ///< for one response, or one chunk of a streamed one
    std::chrono::milliseconds drain_timeout{10'000};  ///< from stop() to the close of what is still in flight

    /// On a loopback address: refuse requests that a web page on this machine would send, which are those with a foreign
    /// Origin or the domain of another host. False behind a proxy that forwards either, or where handlers ask themselves.
    bool local_callers_only = true;

    /// Asked before anything is read of a request but its head. Default: everybody is welcome.
    http_service::guard guard = {};

    /// Counts what the server turns away, by reason; null: nobody does. What a handler or `admit` refuses is its own to count.
    http_service::refusals* refusals = nullptr;

    /// Shows when the certificate of `tls` ends and whether its renewal failed; null: nobody does.
    http_service::certificate_metrics* certificate_metrics = nullptr;

    /// Shows how many connections and how much memory of bodies there are, of how many there may be; null: nobody does.
    http_service::connection_metrics* connection_metrics = nullptr;

    /// Adds fields to an answer, whoever made it; the 503 to a connection beyond connection_limit, which is one packet of text,
    /// alone goes without. Called by any of the server's threads, throws nothing, and sets values without line breaks.
    std::function<void(http::fields& of_answer)> add_fields = {};

    /// Where an exception that left a handler, or a certificate that cannot be used, is reported, from any thread. Default: one line on stderr.
    std::function<void(std::string_view message)> log = {};

    /// The shape of the server's own errors. Default: error_response.
    std::function<response(http::status, std::string_view reason)> render_error = {};
};

/// A server, bound when it is made, answering while run() runs.
///
///     server api{{.port = 8080}, std::move(routes), &metrics};
///     std::jthread thread{[&] { api.run(); }};
///     ...
///     api.stop();   // idle connections close at once, half a header a second later, requests in flight finish, run() returns
///
/// Threads:  stop() from any thread, also before run(). Handlers of one connection never overlap; with more
///           than one thread those of different connections do.
/// Lifetime: the metrics and what the options point to outlive the server; what handlers refer to outlives run().
/// Errors:   std::runtime_error "cannot listen on 127.0.0.1:8080: Address already in use", or
///           "tls: certificate \"tls.crt\": No such file or directory".
class server {
public:
    server(server_options options, router routes, iafmetrics::beast::request_metrics* metrics = nullptr);
    server(server&&) = delete;
    ~server();

    std::uint16_t port() const noexcept;

    /// The routes, to add those that need executor() or port(). Before run().
    router& routes() noexcept;

    /// The first thread's event loop, for work that lives as long as run(): it does not hold run() up.
    net::any_io_executor executor() const;

    void run();
    void stop() noexcept;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace iafmetrics::http_service
