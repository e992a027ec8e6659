// SPDX-License-Identifier: Apache-2.0
#include <http_service/detail/admission.hpp>

#include <algorithm>

namespace iafmetrics::http_service::detail {

using iafmetrics::http::access;

namespace {

refused why_of(access said)
{
    switch (said) {
    case access::unauthorized: return refused::unauthorized;
    case access::rate_limited: return refused::rate_limit;
    case access::allowed:
    case access::busy: break;
    }
    return refused::check_limit;
}

}  // namespace

bool is_open(std::span<std::string const> open_paths, http::request_header<> const& head)
{
    std::string_view const target{head.target().data(), head.target().size()};
    return std::ranges::find(open_paths, target.substr(0, target.find('?'))) != open_paths.end();
}

std::optional<turned_away>
turn_away(access said, iafmetrics::http::authorizer const& asked, render_error const& render)
{
    if (said == access::allowed) return std::nullopt;
    auto const status = static_cast<http::status>(status_of(said));
    auto const reason = words_of(said);
    turned_away no{render ? render(status, reason) : error_response(status, reason), why_of(said)};
    if (said == access::unauthorized)
        no.answer.set(http::field::www_authenticate, asked.challenge());
    else
        no.answer.set(http::field::retry_after, "1");
    return no;
}

}  // namespace iafmetrics::http_service::detail
