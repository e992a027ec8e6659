// SPDX-License-Identifier: Apache-2.0
// What a server of metrics answers: /metrics, a page that points there, and whether it is healthy.
#pragma once

#include <iafmetrics/beast/content_coding.hpp>
#include <iafmetrics/exposition/page.hpp>
#include <iafmetrics/fwd.hpp>

#include <http_service/router.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace iafmetrics::beast {
struct scrape_metrics;
}

namespace iafmetrics::http_service {

struct metrics_routes_options {
    std::string title = "Metrics";  ///< of the page at /
    std::string path = "/metrics";
    std::optional<beast::content_coding> coding = {};  ///< offered to who accepts it: gzip, of beast/gzip.hpp
    exposition::page_options page = {};
    std::function<bool()> ready = {};  ///< what /-/ready says; none: it is ready

    std::size_t scrape_limit = 4;      ///< pages in memory at a time, each made in a thread of its own
    std::size_t scrapes_waiting = 64;  ///< for their turn; 503 beyond
    /// And 503 for a scrape whose turn has not come by then, or by half of the scraper's own timeout.
    std::chrono::milliseconds scrape_wait{5'000};
    /// A peer that takes longer to read its page is cut where another scrape waits.
    std::chrono::milliseconds scrape_send_time{2'000};

    beast::scrape_metrics* metrics = nullptr;  ///< of the scrapes themselves; null: none
};

/// The routes of a server of metrics: GET and HEAD of /metrics, of /, a page of links, and of /-/healthy and /-/ready.
///
///     beast::scrape_metrics self{registry};
///     metrics_routes const scrapes{registry, {.title = "shop", .coding = beast::gzip, .metrics = &self}};
///     scrapes.add_to(server.routes());
///
/// A page is what beast::metrics_endpoint answers: in the format that Accept prefers, with `name[]` and the scraper's
/// deadline. It is made in a thread of its own, so that a collector that takes long keeps no other answer back. Turns are
/// given by network, to the one that has the fewest: who comes with many scrapes waits behind who comes with one, and who
/// does not read its page is cut where others wait. None of the routes is observed; with a web_access, /-/healthy and
/// /-/ready belong into its open_paths.
///
/// Threads:  any number of the server's. scrape_limit + 1 of its own, which begin when it is made.
/// Cost:     a page in memory for each of scrape_limit, until it has been sent.
/// Errors:   std::invalid_argument for a scrape_limit of 0, and as router::add. What a page throws is answered 500.
/// Lifetime: the registry and `metrics` outlive it, and it outlives run() of the servers that have its routes; servers may go
///           after it. Its end waits for the pages under way.
class metrics_routes {
public:
    explicit metrics_routes(registry const& metrics, metrics_routes_options options = {});
    metrics_routes(metrics_routes const&) = delete;
    metrics_routes& operator=(metrics_routes const&) = delete;
    ~metrics_routes();

    void add_to(router& routes) const;

private:
    class state;
    std::shared_ptr<state> state_;
};

}  // namespace iafmetrics::http_service
