// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/gauge.hpp>
#include <iafmetrics/http/watched_web_config.hpp>
#include <iafmetrics/http/web_config.hpp>
#include <iafmetrics/registry.hpp>

#include <http_service/detail/credential_checks.hpp>
#include <http_service/web_access.hpp>
#include <http_service/web_config_metrics.hpp>

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <optional>
#include <utility>

namespace iafmetrics::http_service {

namespace {

using iafmetrics::http::access;
using iafmetrics::http::tls_options;
using iafmetrics::http::web_config;
using render = std::function<response(http::status, std::string_view)>;

// What one version of the file says.
struct rules {
    rules(std::shared_ptr<web_config const> read, web_access_options const& options)
        : config{std::move(read)}, rate{config->rate_limit}
    {
        if (!config->users.empty())
            authorize = iafmetrics::http::basic_auth{
                config->users, {.realm = options.realm, .concurrency = options.check_threads}};
    }

    std::shared_ptr<web_config const> config;
    iafmetrics::http::authorizer authorize;
    iafmetrics::http::rate_limit rate;
};

std::string_view path_of(http::request_header<> const& head)
{
    std::string_view const target{head.target().data(), head.target().size()};
    return target.substr(0, target.find('?'));
}

turned_away refuse(render const& shape, http::status status, std::string_view reason, refused why)
{
    return {shape ? shape(status, reason) : error_response(status, reason), why};
}

turned_away refuse(render const& shape, access said, iafmetrics::http::authorizer const& authorize)
{
    if (said == access::unauthorized) {
        auto no = refuse(shape, http::status::unauthorized, "a valid user and password are required",
                         refused::unauthorized);
        no.answer.set(http::field::www_authenticate, authorize.challenge());
        return no;
    }
    bool const is_rate = said == access::rate_limited;
    auto no = refuse(shape, is_rate ? http::status::too_many_requests : http::status::service_unavailable,
                     is_rate ? "too many requests" : "too many passwords are being checked",
                     is_rate ? refused::rate_limit : refused::check_limit);
    no.answer.set(http::field::retry_after, "1");
    return no;
}

}  // namespace

class web_access::state {
public:
    state(std::string path, web_access_options options)
        : path_{std::move(path)}, options_{std::move(options)}, file_{path_},
          rules_{std::make_shared<rules>(file_.now(), options_)},
          checks_{options_.check_threads, options_.checks_waiting}
    {
        if (!options_.log)
            options_.log = [](std::string_view message) {
                std::fprintf(stderr, "web_access: %.*s\n", static_cast<int>(message.size()), message.data());
            };
        if (options_.metrics == nullptr) return;
        failed_ = &options_.metrics->add(web_config_reload_failed);
        if (rules_->config->tls) certificate.emplace(*options_.metrics);
    }

    // Those of the file as it is.
    std::shared_ptr<rules> now()
    {
        std::lock_guard const lock{mutex_};
        if (file_.refresh()) take();
        return rules_;
    }

    // Those of the last look.
    std::shared_ptr<rules> last() const
    {
        std::lock_guard const lock{mutex_};
        return rules_;
    }

    net::awaitable<std::optional<turned_away>> ask(http::request_header<> const& head, render const& shape)
    {
        if (std::ranges::find(options_.open_paths, path_of(head)) != options_.open_paths.end())
            co_return std::nullopt;
        auto const by = now();
        if (!by->rate.take()) co_return refuse(shape, access::rate_limited, by->authorize);
        auto const value = head[http::field::authorization];
        std::string field{value.data(), value.size()};
        auto said = by->authorize.at_once(field);
        if (!said) {
            auto checked = checks_.run(by->authorize, std::move(field));
            said = co_await std::move(checked);
        }
        if (*said == access::allowed) co_return std::nullopt;
        co_return refuse(shape, *said, by->authorize);
    }

    std::optional<certificate_metrics> certificate;  // over TLS, where there are metrics

private:
    void take()
    {
        std::string why = file_.error();
        if (why.empty()) {
            auto read = file_.now();
            if (read->tls.has_value() == rules_->config->tls.has_value())
                rules_ = std::make_shared<rules>(std::move(read), options_);
            else
                why = path_ + ": TLS is switched on or off by a restart alone";
        }
        if (failed_ != nullptr) failed_->set(why.empty() ? 0 : 1);
        if (!why.empty() && why != failure_)
            options_.log("the web config in use stays, the new one cannot be used: " + why);
        failure_ = std::move(why);
    }

    std::string const path_;
    web_access_options options_;
    std::mutex mutable mutex_;  // of what is below
    iafmetrics::http::watched_web_config file_;
    std::shared_ptr<rules> rules_;
    std::string failure_;
    gauge* failed_ = nullptr;
    detail::credential_checks checks_;
};

web_access::web_access(std::string path, web_access_options options)
    : state_{std::make_shared<state>(std::move(path), std::move(options))}
{}

void web_access::apply_to(server_options& options) const
{
    auto const first = state_->last();
    options.tls = first->config->tls;
    options.changed_tls = [state = state_, seen = first]() mutable -> std::optional<tls_options> {
        auto is = state->now();
        if (is == seen) return std::nullopt;
        seen = std::move(is);
        return seen->config->tls;
    };
    options.guard = [state = state_, shape = options.render_error](http::request_header<> const& head,
                                                                   net::ip::address const&) {
        return state->ask(head, shape);
    };
    options.add_fields = [state = state_](http::fields& of_answer) {
        auto const is = state->last();
        for (auto const& [name, value] : is->config->headers)
            if (of_answer.count(name) == 0) of_answer.set(name, value);
    };
    if (state_->certificate) options.certificate_metrics = &*state_->certificate;
}

bool web_access::asks_for_passwords() const { return !state_->last()->config->users.empty(); }

}  // namespace iafmetrics::http_service
