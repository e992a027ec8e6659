// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/http/refused.hpp>
#include <iafmetrics/registry.hpp>

#include <http_service/refusals.hpp>

#include <string_view>

namespace iafmetrics::http_service {

namespace {

constexpr std::array<std::string_view, refused_count> names{
    "malformed",     "header_too_large",   "header_timeout", "body_too_large", "body_timeout",
    "body_budget",   "connection_limit",   "foreign_caller", "not_found",      "method_not_allowed",
    "tls_handshake", "client_certificate", "unauthorized",   "rate_limit",     "scrape_limit",
    "check_limit",   "write_timeout"};

}  // namespace

refusals::refusals(registry& metrics)
{
    auto& family = metrics.add(iafmetrics::http::refused_total);
    for (std::size_t i = 0; i < names.size(); ++i)
        by_reason_[i] = &family.with(names[i]);
}

void refusals::count(refused why) noexcept { by_reason_[static_cast<std::size_t>(why)]->increment(); }

}  // namespace iafmetrics::http_service
