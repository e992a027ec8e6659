// SPDX-License-Identifier: Apache-2.0
// The frame of a service: an API and its metrics on two ports, health, a client of Kubernetes, the drain.
#pragma once

#include <iafmetrics/beast/scrape_metrics.hpp>
#include <iafmetrics/fwd.hpp>

#include <http_service/connection_metrics.hpp>
#include <http_service/metrics_routes.hpp>
#include <http_service/refusals.hpp>
#include <http_service/server.hpp>
#include <kubernetes/client.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace program {
class lifecycle;
class log;
class options;
}  // namespace program

namespace platform {

namespace http_service = iafmetrics::http_service;
namespace net = boost::asio;

/// Where a service listens and whom it asks. The defaults of the ports are the program's.
struct service_options {
    std::uint16_t port;
    std::uint16_t metrics_port;
    std::string title = "Metrics";  ///< of the page at / of the metrics' port
    std::string address = "127.0.0.1";
    std::string metrics_address = "127.0.0.1";
    std::string kubernetes = {};  ///< empty: the cluster that this pod runs in
    bool guards_callers =
        true;  ///< on loopback, no web page may call; false where the service decides itself
    std::string token_file =
        {};  ///< bearer tokens of the API, one a line, read again when changed; empty: none
    std::string web_config_file = {};      ///< TLS and passwords of the metrics; empty: HTTP, for everybody
    std::string api_web_config_file = {};  ///< the same of the API

    /// --address --port --metrics-address --metrics-port --kubernetes --token-file --web-config-file --api-web-config-file
    void add_to(program::options& options);
};

/// A service, bound when it is made.
///
///     platform::service service{where, registry, requests, log, life};
///     service.add(verb::get, "/api/v1/sessions", list);
///     service.run();                                       // until the first signal, and the drain
///
/// Both ports answer /healthz and /readyz, the second /metrics, / and /-/healthy and /-/ready too; none of them is observed. A
/// web config file holds for a port's paths other than those of health; its certificates for all. What either port turns away
/// is counted, and so are scrapes.
///
/// Threads: handlers, background work and the client share one event loop; the metrics have their own.
/// Errors:  the constructor throws what says which address is taken, or which file or variable is wrong.
class service {
public:
    service(service_options const& where,
            iafmetrics::registry& registry,
            iafmetrics::beast::request_metrics& requests,
            program::log& log,
            program::lifecycle& life);

    /// A route of the API. Its status 500 is in the metrics, at 0, from now on.
    void add(http_service::http::verb method,
             std::string_view pattern,
             http_service::handler handler,
             http_service::route_options options = {});

    /// Work beside the requests, from run() until `stop` makes it end; /readyz is 503 until `ready`.
    struct background {
        std::function<net::awaitable<void>()> work;
        std::function<void()> stop;
        std::function<bool()> ready;
    };
    void add(background work);

    iafmetrics::kubernetes::client& kubernetes() noexcept { return client_; }
    program::log& log() noexcept { return log_; }

    void run();

private:
    void add_health(http_service::router& routes);
    bool ready() const;
    void start(background const& one);
    void stop();

    program::log& log_;
    program::lifecycle& life_;
    iafmetrics::beast::request_metrics& requests_;
    http_service::refusals refusals_;
    iafmetrics::beast::scrape_metrics scraped_;
    http_service::connection_metrics api_connections_;
    http_service::connection_metrics metrics_connections_;
    http_service::metrics_routes scrapes_;
    http_service::server api_;
    http_service::server metrics_;
    iafmetrics::kubernetes::client client_;
    std::vector<background> background_;
    std::size_t running_ = 0;  ///< of background_
    bool stopping_ = false;    ///< on the event loop
};

}  // namespace platform
