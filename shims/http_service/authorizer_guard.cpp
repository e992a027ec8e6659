// SPDX-License-Identifier: Apache-2.0
#include <http_service/authorizer_guard.hpp>
#include <http_service/detail/admission.hpp>
#include <http_service/detail/credential_checks.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace iafmetrics::http_service {

namespace {

class asked_for_credentials {
public:
    asked_for_credentials(iafmetrics::http::authorizer who, authorizer_guard_options options)
        : who_{std::move(who)}, options_{std::move(options)},
          checks_{options_.check_threads, options_.checks_waiting}
    {}

    net::awaitable<std::optional<turned_away>> ask(http::request_header<> const& head,
                                                   net::ip::address const& peer)
    {
        if (detail::is_open(options_.open_paths, head)) co_return std::nullopt;
        auto asked = checks_.ask(who_, head, peer);
        auto const said = co_await std::move(asked);
        co_return detail::turn_away(said, who_, options_.render_error);
    }

private:
    iafmetrics::http::authorizer const who_;
    authorizer_guard_options const options_;
    detail::credential_checks checks_;
};

}  // namespace

guard authorizer_guard(iafmetrics::http::authorizer who, authorizer_guard_options options)
{
    return [state = std::make_shared<asked_for_credentials>(std::move(who), std::move(options))](
               http::request_header<> const& head, net::ip::address const& peer) {
        return state->ask(head, peer);
    };
}

}  // namespace iafmetrics::http_service
