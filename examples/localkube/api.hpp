// SPDX-License-Identifier: Apache-2.0
// api: the verbs of the Kubernetes API over HTTP.
#pragma once

#include <http_service/router.hpp>

#include "store.hpp"

#include <chrono>

namespace localkube {

struct api_options {
    std::chrono::milliseconds bookmarks{60'000};  ///< between two bookmarks of a quiet watch
};

/// The routes of the whole API: discovery, health, objects, watches.
/// Threads: that of the store. Lifetime: the store outlives the server that has the routes.
[[nodiscard]] iafmetrics::http_service::router routes(store& objects, api_options options = {});

/// An error as a `Status` object, also those that the HTTP server makes itself.
[[nodiscard]] iafmetrics::http_service::response error_answer(boost::beast::http::status code,
                                                              std::string_view reason);

}  // namespace localkube
