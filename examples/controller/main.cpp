// SPDX-License-Identifier: Apache-2.0
// controller: makes a Deployment, a Service and a ServiceMonitor of each Application.
//
//     controller --kubernetes http://127.0.0.1:8001
//
// GET 127.0.0.1:9090/metrics    its metrics
// GET 127.0.0.1:8082/healthz    200 while it lives
// GET 127.0.0.1:8082/readyz     200 while its caches are filled and it is not stopping
//
// SIGINT, SIGTERM: finish what is being reconciled and exit.
// Exit status: 0 after such a signal, 1 if it could not start, 2 on wrong usage.
#include <http_service/server.hpp>
#include <kubernetes/client.hpp>

#include <boost/asio/io_context.hpp>

#include "control_loop.hpp"
#include "health_routes.hpp"
#include "metrics_server.hpp"
#include <program/lifecycle.hpp>
#include <program/log.hpp>
#include <program/options.hpp>
#include <program/run.hpp>

#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace {

struct settings {
    std::optional<controller::bind_address> metrics = controller::parse_bind_address("127.0.0.1:9090");
    std::optional<controller::bind_address> health = controller::parse_bind_address("127.0.0.1:8082");
    std::string kubernetes;
    controller::reconciler_options reconciler;
};

void declare(program::options& options, settings& s)
{
    auto const address = [](std::optional<controller::bind_address>& to) {
        return [&to](std::string const& text) { to = controller::parse_bind_address(text); };
    };
    options.add("metrics-bind-address", "IAF_METRICS_BIND_ADDRESS", "127.0.0.1:9090",
                "where metrics are served; :9090 for all addresses, 0 for nowhere", address(s.metrics));
    options.add("health-probe-bind-address", "IAF_HEALTH_PROBE_BIND_ADDRESS", "127.0.0.1:8082",
                "where /healthz and /readyz are served; 0 for nowhere", address(s.health));
    options.add("kubernetes", "IAF_KUBERNETES_URL", s.kubernetes,
                "URL of the Kubernetes API; empty for the pod's service account");
    options.add("source-image-prefix", "IAF_SOURCE_IMAGE_PREFIX", s.reconciler.source_image_prefix,
                "the image of a source is this, \"@\" and the source's digest");
}

void serve(settings const& s, program::log& log, program::lifecycle& life)
{
    namespace kubernetes = iafmetrics::kubernetes;
    boost::asio::io_context io{1};
    auto api_options = kubernetes::client_options::from_url(s.kubernetes);
    api_options.user_agent = "iaf-controller";
    kubernetes::client api{io.get_executor(), api_options};
    iafmetrics::registry registry;
    controller::control_loop loop{io, api, registry, log, s.reconciler};

    std::optional<controller::metrics_server> metrics;
    if (s.metrics) {
        metrics.emplace(*s.metrics, registry);
        log.info("serving metrics", {{"address", s.metrics->host}, {"port", metrics->port()}});
    }
    std::optional<iafmetrics::http_service::server> health;
    std::jthread health_thread;
    if (s.health) {
        auto ready = [&] { return loop.ready() && !life.stopping(); };
        health.emplace(
            iafmetrics::http_service::server_options{.address = s.health->host, .port = s.health->port},
            controller::health_routes(ready));
        log.info("serving health", {{"address", s.health->host}, {"port", health->port()}});
        health_thread = std::jthread([&] { health->run(); });
    }

    struct stop_health {
        std::optional<iafmetrics::http_service::server>& health;
        ~stop_health()
        {
            if (health) health->stop();
        }
    } const at_the_end{health};
    std::stop_callback const drain{life.token(), [&] { loop.stop(); }};
    loop.run();
}

}  // namespace

int main(int argc, char** argv)
{
    settings s;
    program::options options{"controller",
                             "Makes a Deployment, a Service and a ServiceMonitor of each Application."};
    declare(options, s);
    return program::run(options, argc, argv,
                        [&](program::log& log, program::lifecycle& life) { serve(s, log, life); });
}
