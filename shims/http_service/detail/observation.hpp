// SPDX-License-Identifier: Apache-2.0
// The metrics of one request, when the server has any.
#pragma once

#include <iafmetrics/beast/middleware.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace iafmetrics::http_service::detail {

namespace http = boost::beast::http;

// An observed_request, or nothing. Lifetime: as of observed_request, shorter than the metrics'.
class observation {
public:
    // A request that cannot be parsed.
    explicit observation(iafmetrics::beast::request_metrics* metrics)
    {
        if (metrics != nullptr) observed_.emplace(metrics->begin());
    }
    observation(iafmetrics::beast::request_metrics* metrics, http::request_header<> const& head)
    {
        if (metrics != nullptr) observed_.emplace(metrics->begin(head));
    }

    void route(std::string_view pattern)
    {
        if (observed_) observed_->route(pattern);
    }

    // Bytes of the body.
    void request_size(std::uint64_t bytes)
    {
        if (observed_) observed_->request_size(bytes);
    }

    void response_size(std::uint64_t bytes)
    {
        if (observed_) observed_->response_size(bytes);
    }

    void begin_response(http::status status)
    {
        if (observed_) observed_->begin_response(static_cast<unsigned>(status));
    }

    void finish(http::status status, boost::system::error_code error)
    {
        if (observed_) observed_->finish(static_cast<unsigned>(status), error);
    }

    void discard()
    {
        if (observed_) observed_->discard();
    }

private:
    std::optional<iafmetrics::beast::observed_request> observed_;
};

}  // namespace iafmetrics::http_service::detail
