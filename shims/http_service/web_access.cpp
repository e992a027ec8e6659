// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/beast/detail/network_of.hpp>
#include <iafmetrics/beast/detail/network_rate_limit.hpp>
#include <iafmetrics/gauge.hpp>
#include <iafmetrics/http/basic_auth.hpp>
#include <iafmetrics/http/watched_web_config.hpp>
#include <iafmetrics/http/web_config.hpp>
#include <iafmetrics/registry.hpp>

#include <http_service/detail/admission.hpp>
#include <http_service/detail/credential_checks.hpp>
#include <http_service/detail/tls_context.hpp>
#include <http_service/web_access.hpp>
#include <http_service/web_config_metrics.hpp>

#include <cstdio>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace iafmetrics::http_service {

namespace {

using iafmetrics::beast::detail::network_of;
using iafmetrics::beast::detail::network_rate_limit;
using iafmetrics::http::access;
using iafmetrics::http::basic_auth;
using iafmetrics::http::client_auth;
using iafmetrics::http::tls_options;
using iafmetrics::http::web_config;

// What one version of the file says. What is known of users, and what was asked meanwhile, is carried over to the next where the
// file says the same of it.
class rules {
public:
    rules(std::shared_ptr<web_config const> read, web_access_options const& options, rules const* before)
        : config_{std::move(read)}, rate_{before != nullptr && before->rate_->options() == config_->rate_limit
                                              ? before->rate_
                                              : std::make_shared<network_rate_limit>(config_->rate_limit)}
    {
        if (config_->users.empty()) return;
        if (before != nullptr && before->users_)
            users_ = before->users_->renewed(config_->users);
        else
            users_.emplace(config_->users, iafmetrics::http::basic_auth_options{
                                               .realm = options.realm, .concurrency = options.check_threads});
        authorize_ = *users_;
    }

    std::shared_ptr<web_config const> const& config() const noexcept { return config_; }
    iafmetrics::http::authorizer const& authorize() const noexcept { return authorize_; }
    bool take_token_of(net::ip::address const& peer) const { return rate_->take(network_of(peer)); }

private:
    std::shared_ptr<web_config const> config_;
    std::shared_ptr<network_rate_limit> rate_;
    std::optional<basic_auth> users_;
    iafmetrics::http::authorizer authorize_;
};

bool requires_certificate(tls_options const& tls)
{
    return tls.client_auth == client_auth::require_any_client_cert ||
           tls.client_auth == client_auth::require_and_verify_client_cert;
}
bool verifies_certificate(tls_options const& tls)
{
    return tls.client_auth == client_auth::verify_client_cert_if_given ||
           tls.client_auth == client_auth::require_and_verify_client_cert;
}

// Empty, or what a new version must not do while the server runs: a file that is half written, or cut off by a full disk, reads
// as one that asks for less.
std::string_view opened(web_config const& used, web_config const& wanted)
{
    if (wanted.tls.has_value() != used.tls.has_value()) return "TLS is switched on or off by a restart alone";
    if (!used.users.empty() && wanted.users.empty()) return "passwords are switched off by a restart alone";
    if (!used.tls) return {};
    tls_options const& before = *used.tls;
    tls_options const& after = *wanted.tls;
    bool const is_less = (requires_certificate(before) && !requires_certificate(after)) ||
                         (verifies_certificate(before) && !verifies_certificate(after)) ||
                         (!before.client_ca.empty() && after.client_ca.empty()) ||
                         (!before.client_allowed_sans.empty() && after.client_allowed_sans.empty());
    if (!is_less) return {};
    return "client certificates are asked for less by a restart alone";
}

// Throws what the server would, when it used them.
void check(tls_options const& options) { detail::tls_context const made{options}; }

}  // namespace

class web_access::state {
public:
    state(std::string path, web_access_options options)
        : path_{std::move(path)}, options_{std::move(options)}, file_{path_},
          rules_{std::make_shared<rules const>(file_.now(), options_, nullptr)},
          checks_{options_.check_threads, options_.checks_waiting}
    {
        if (!options_.log)
            options_.log = [](std::string_view message) {
                std::fprintf(stderr, "web_access: %.*s\n", static_cast<int>(message.size()), message.data());
            };
        if (options_.metrics == nullptr) return;
        failed_ = &options_.metrics->add(web_config_reload_failed);
        if (rules_->config()->tls) certificate.emplace(*options_.metrics);
    }

    // Those of the file as it is.
    std::shared_ptr<rules const> now()
    {
        std::lock_guard const lock{mutex_};
        if (file_.refresh()) take();
        return rules_;
    }

    // Those of the last look.
    std::shared_ptr<rules const> last() const
    {
        std::lock_guard const lock{mutex_};
        return rules_;
    }

    // Those of the file as it is, and of the certificates that it names: one that could not be used for them is looked at again.
    std::shared_ptr<rules const> look()
    {
        std::lock_guard const lock{mutex_};
        if (file_.refresh() || is_certificate_bad_) take();
        return rules_;
    }

    net::awaitable<std::optional<turned_away>>
    ask(http::request_header<> const& head, net::ip::address const& peer, detail::render_error const& render)
    {
        if (detail::is_open(options_.open_paths, head)) co_return std::nullopt;
        auto const by = now();
        auto said = access::rate_limited;
        if (by->take_token_of(peer)) {
            auto asked = checks_.ask(by->authorize(), head, peer);
            said = co_await std::move(asked);
        }
        co_return detail::turn_away(said, by->authorize(), render);
    }

    std::optional<certificate_metrics> certificate;  // over TLS, where there are metrics

private:
    void take()
    {
        auto why = flaw();
        if (why.empty()) rules_ = std::make_shared<rules const>(file_.now(), options_, rules_.get());
        if (failed_ != nullptr) failed_->set(why.empty() ? 0 : 1);
        if (!why.empty() && why != failure_)
            options_.log("the web config in use stays, the new one cannot be used: " + why);
        failure_ = std::move(why);
    }

    // Why the file cannot be used as it is; nothing of it is then.
    std::string flaw()
    {
        is_certificate_bad_ = false;
        if (auto said = file_.error(); !said.empty()) return said;
        if (auto const said = opened(*rules_->config(), *file_.now()); !said.empty())
            return path_ + ": " + std::string{said};
        auto const& wanted = file_.now()->tls;
        if (wanted == rules_->config()->tls) return {};  // files that are renewed are the server's to look at
        try {
            check(*wanted);
        } catch (std::exception const& error) {
            is_certificate_bad_ = true;
            return path_ + ": " + error.what();
        }
        return {};
    }

    std::string const path_;
    web_access_options options_;
    std::mutex mutable mutex_;  // of what is below
    iafmetrics::http::watched_web_config file_;
    std::shared_ptr<rules const> rules_;
    std::string failure_;
    bool is_certificate_bad_ = false;
    gauge* failed_ = nullptr;
    detail::credential_checks checks_;
};

web_access::web_access(std::string path, web_access_options options)
    : state_{std::make_shared<state>(std::move(path), std::move(options))}
{}

void web_access::apply_to(server_options& options) const
{
    auto const first = state_->last();
    options.tls = first->config()->tls;
    options.changed_tls = [state = state_, seen = first]() mutable -> std::optional<tls_options> {
        auto is = state->look();
        if (is == seen) return std::nullopt;
        seen = std::move(is);
        return seen->config()->tls;
    };
    options.guard = [state = state_, render = options.render_error](http::request_header<> const& head,
                                                                    net::ip::address const& peer) {
        return state->ask(head, peer, render);
    };
    options.add_fields = [state = state_](http::fields& of_answer) {
        auto const is = state->last();
        for (auto const& [name, value] : is->config()->headers)
            if (of_answer.count(name) == 0) of_answer.set(name, value);
    };
    if (state_->certificate) options.certificate_metrics = &*state_->certificate;
}

bool web_access::asks_for_passwords() const { return !state_->last()->config()->users.empty(); }

}  // namespace iafmetrics::http_service
