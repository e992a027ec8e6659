// SPDX-License-Identifier: Apache-2.0
// serve_options: what a metrics_server offers, to whom, and how much of it.
#pragma once

#include <iafmetrics/beast/content_coding.hpp>
#include <iafmetrics/beast/scrape_metrics.hpp>
#include <iafmetrics/exposition/page.hpp>
#include <iafmetrics/http/access.hpp>
#include <iafmetrics/http/rate_limit.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace iafmetrics::inline v0::beast {

struct serve_options {
    /// An IP address; empty for all, of both protocols where the machine has both, for Prometheus asks from
    /// another machine. "127.0.0.1" keeps the metrics on this one.
    std::string address = {};
    std::string path = "/metrics";
    std::optional<content_coding> coding = {};  ///< offered to who accepts it: gzip, of beast/gzip.hpp
    exposition::page_options page = {};

    /// With so many connections open, a new one takes the place of one that is silent or does not read its answer, or of one
    /// whose request waits for its turn, of the address that has most of them; it is refused where all are being answered.
    std::size_t connection_limit = 64;
    std::chrono::milliseconds read_timeout{120'000};   ///< for a request, the wait for it included
    std::chrono::milliseconds header_timeout{10'000};  ///< for a request, from its first byte on
    std::chrono::milliseconds write_timeout{30'000};   ///< for a response

    /// Who may ask: http::basic_auth, http::bearer_token, or a function of the Authorization field's value.
    http::authorizer authorize = {};
    /// Of the requests of each address (of IPv6, each /64), 429 beyond; none by default.
    http::rate_limit_options rate_limit = {};

    /// Pages in memory at a time, each made in a thread of its own; the next waits for its turn.
    std::size_t scrape_limit = 4;
    /// And is told 503 when it has not come by then; a password that is not known yet too.
    std::chrono::milliseconds scrape_wait{5'000};
    /// A peer that takes longer to read its page is cut where another scrape waits, or another address for a connection.
    std::chrono::milliseconds scrape_send_time{2'000};

    std::string title = "Metrics";      ///< of the page at /
    scrape_metrics* metrics = nullptr;  ///< of the server itself; null: none
};

}  // namespace iafmetrics::inline v0::beast
