// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/beast/gzip.hpp>
#include <iafmetrics/beast/middleware.hpp>
#include <iafmetrics/http/bearer_token.hpp>

#include <http_service/authorizer_guard.hpp>
#include <http_service/web_access.hpp>
#include <platform/service.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <program/lifecycle.hpp>
#include <program/log.hpp>
#include <program/options.hpp>
#include <program/run.hpp>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <thread>

namespace platform {

namespace http = http_service::http;
using http_service::answer;
using http_service::request;
using http_service::response;

namespace {

constexpr std::size_t upload_budget = std::size_t{128} << 20;  // two archives of the largest size

// A port's gauges; `listener` tells them from the other's.
http_service::connection_metrics connections_of(iafmetrics::registry& registry, std::string listener)
{
    auto own = registry.sub({.labels = {{"listener", std::move(listener)}}});
    return http_service::connection_metrics{own};
}

// What both ports have.
struct listening {
    iafmetrics::registry& registry;
    http_service::refusals& refusals;
    program::log& log;
    std::vector<std::string> open_paths{"/healthz", "/readyz", "/-/healthy", "/-/ready"};

    // By the web config file, where there is one. `name` tells the port's metrics from the other's.
    http_service::server_options at(std::string const& address,
                                    std::uint16_t port,
                                    std::string const& web_config,
                                    std::string const& name,
                                    std::string const& token_file,
                                    http_service::connection_metrics& connections) const
    {
        http_service::server_options made{
            .address = address, .port = port, .refusals = &refusals, .connection_metrics = &connections};
        made.log = [&to = log](std::string_view message) { to.error(message); };
        if (web_config.empty()) return made;
        auto own = registry.sub({.labels = {{"listener", name}}});
        http_service::web_access const access{
            web_config, {.realm = name, .open_paths = open_paths, .metrics = &own, .log = made.log}};
        if (!token_file.empty() && access.asks_for_passwords())
            throw std::runtime_error{web_config + " asks for passwords and " + token_file +
                                     " for a token: a request can show one of both"};
        access.apply_to(made);
        return made;
    }

    http_service::server_options for_callers(service_options const& where,
                                             http_service::connection_metrics& connections) const
    {
        auto made =
            at(where.address, where.port, where.api_web_config_file, "api", where.token_file, connections);
        made.body_budget = upload_budget;
        made.local_callers_only = where.guards_callers;
        if (!where.token_file.empty())
            made.guard = http_service::both(
                std::move(made.guard), http_service::authorizer_guard(
                                           iafmetrics::http::bearer_token::from_file(where.token_file, "api"),
                                           {.open_paths = open_paths}));
        return made;
    }

    http_service::server_options for_scrapes(service_options const& where,
                                             http_service::connection_metrics& connections) const
    {
        return at(where.metrics_address, where.metrics_port, where.web_config_file, "metrics", {},
                  connections);
    }
};

response plain(http::status status, std::string text)
{
    response made{status, 11};
    made.set(http::field::content_type, "text/plain; charset=utf-8");
    made.body() = std::move(text);
    return made;
}

}  // namespace

void service_options::add_to(program::options& options)
{
    options.add("address", "IAF_ADDRESS", address, "IP address of the API; 0.0.0.0 for all");
    options.add("port", "IAF_PORT", port, "port of the API; 0 takes a free one");
    options.add("metrics-address", "IAF_METRICS_ADDRESS", metrics_address, "IP address of the metrics");
    options.add("metrics-port", "IAF_METRICS_PORT", metrics_port, "port of the metrics; 0 takes a free one");
    options.add("kubernetes", "IAF_KUBERNETES_URL", kubernetes,
                "URL of the Kubernetes API; empty: the cluster's, with the pod's service account");
    options.add("web-config-file", "IAF_WEB_CONFIG_FILE", web_config_file,
                "web config file of the metrics' port: TLS, passwords, rate; empty: HTTP for everybody");
    options.add("api-web-config-file", "IAF_API_WEB_CONFIG_FILE", api_web_config_file,
                "web config file of the API's port; its passwords and a token file exclude each other");
    options.add("token-file", "IAF_TOKEN_FILE", token_file,
                "file with bearer tokens, one of which the API asks for; empty: none is asked for");
}

service::service(service_options const& where,
                 iafmetrics::registry& registry,
                 iafmetrics::beast::request_metrics& requests,
                 program::log& log,
                 program::lifecycle& life)
    : log_{log}, life_{life}, requests_{requests}, refusals_{registry}, scraped_{registry},
      api_connections_{connections_of(registry, "api")},
      metrics_connections_{connections_of(registry, "metrics")},
      scrapes_{registry,
               {.title = where.title,
                .coding = iafmetrics::beast::gzip,
                .ready = [this] { return ready(); },
                .metrics = &scraped_}},
      api_{listening{registry, refusals_, log}.for_callers(where, api_connections_), http_service::router{},
           &requests},
      metrics_{listening{registry, refusals_, log}.for_scrapes(where, metrics_connections_),
               http_service::router{}},
      client_{api_.executor(), iafmetrics::kubernetes::client_options::from_url(where.kubernetes)}
{
    add_health(api_.routes());
    add_health(metrics_.routes());
    scrapes_.add_to(metrics_.routes());
    log_.info("listening", {{"address", where.address}, {"port", api_.port()}});
    log_.info("serving metrics", {{"address", where.metrics_address}, {"port", metrics_.port()}});
}

void service::add(http::verb method,
                  std::string_view pattern,
                  http_service::handler handler,
                  http_service::route_options options)
{
    if (options.observed) {
        auto const name = http::to_string(method);
        requests_.declare({name.data(), name.size()}, pattern);
    }
    api_.routes().add(method, pattern, std::move(handler), std::move(options));
}

void service::add(background work) { background_.push_back(std::move(work)); }

void service::add_health(http_service::router& routes)
{
    routes.add(http::verb::get, "/healthz",
               [](request const&) -> net::awaitable<answer> { co_return plain(http::status::ok, "ok\n"); },
               {.observed = false});
    routes.add(http::verb::get, "/readyz",
               [this](request const&) -> net::awaitable<answer> {
                   bool const is_ready = ready();
                   co_return plain(is_ready ? http::status::ok : http::status::service_unavailable,
                                   is_ready ? "ok\n" : "not ready\n");
               },
               {.observed = false});
}

bool service::ready() const
{
    return !life_.stopping() &&
           std::ranges::all_of(background_, [](background const& one) { return one.ready(); });
}

void service::start(background const& one)
{
    ++running_;
    net::co_spawn(api_.executor(), one.work, [this](std::exception_ptr failed) {
        if (failed) log_.error("background work ended", {{"reason", program::describe(failed)}});
        if (--running_ == 0 && stopping_) api_.stop();
    });
}

void service::stop()
{
    net::post(api_.executor(), [this] {
        stopping_ = true;
        for (auto const& one : background_)
            one.stop();
        if (running_ == 0) api_.stop();
    });
}

void service::run()
{
    for (auto const& one : background_)
        start(one);
    // Ends when this does, also by an exception.
    std::jthread const scrapes{[this](std::stop_token const& over) {
        std::stop_callback const drain{over, [this] { metrics_.stop(); }};
        metrics_.run();
    }};
    std::stop_callback const drain{life_.token(), [this] { stop(); }};
    api_.run();
}

}  // namespace platform
