// SPDX-License-Identifier: Apache-2.0
// content_coding: a way to compress a page that an endpoint may offer.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0::beast {

/// Compresses one body, piece by piece.
class body_encoder {
public:
    body_encoder() = default;
    body_encoder(body_encoder const&) = delete;
    body_encoder& operator=(body_encoder const&) = delete;
    virtual ~body_encoder() = default;

    virtual void write(std::string_view piece) = 0;
    /// The whole of it, compressed. Call it once, last.
    [[nodiscard]] virtual std::string finish() = 0;
};

/// What metrics_endpoint and serve() offer to a client that accepts it:
///
///     #include <iafmetrics/beast/gzip.hpp>                        // target iafmetrics::gzip
///     metrics_endpoint endpoint{registry, "/metrics", gzip};
///     auto const server = iafmetrics::serve(registry, 9100, {.coding = gzip});
struct content_coding {
    std::string_view name;                     // as Content-Encoding says it
    std::unique_ptr<body_encoder> (*start)();  // may throw: the scrape then fails
};

}  // namespace iafmetrics::inline v0::beast
