// SPDX-License-Identifier: Apache-2.0
// bearer_token: who shows a token that is known may pass.
#pragma once

#include <iafmetrics/detail/field_text.hpp>
#include <iafmetrics/http/access.hpp>
#include <iafmetrics/http/authorization.hpp>
#include <iafmetrics/http/detail/challenge.hpp>
#include <iafmetrics/http/detail/keyed_digest.hpp>
#include <iafmetrics/http/detail/watched_file.hpp>

#include <cstddef>
#include <exception>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::http {

/// Lets requests pass that show one of its tokens (RFC 6750).
///
///     auto const server = iafmetrics::serve(registry, 9100, {.authorize = http::bearer_token({"mF_9.B5f-4.1JqM"})});
///     auto const other = iafmetrics::serve(registry, 9101,
///         {.authorize = http::bearer_token::from_file("/run/secrets/scrape-token")});
///
/// A file has a token in each line, so that the old one and the new one are known while scrapers change over. It is
/// read again when it has changed; where it then is not there, or has a line that is no token, the tokens before stay. What
/// could not be read, out of descriptors, is read again.
///
/// Threads: any; a copy is the same authorizer.
/// Cost:    each token is compared, in the same time whatever is shown; a file costs a stat(). Tokens are kept as
///          digests under a random key.
/// Errors:  std::invalid_argument or std::runtime_error where there is no token, or what is none.
class bearer_token {
public:
    bearer_token(std::initializer_list<std::string_view> tokens, std::string_view realm = "metrics")
        : state_(std::make_shared<state>(realm))
    {
        for (std::string_view const token : tokens)
            state_->known.push_back(state_->digest_of(token));
        if (state_->known.empty()) throw std::invalid_argument("bearer_token: no token");
    }

    [[nodiscard]] static bearer_token from_file(std::string path, std::string_view realm = "metrics")
    {
        auto made = std::make_shared<state>(realm);
        made->file.emplace(std::move(path));
        (void)made->file->has_changed();
        made->known = made->read();
        return bearer_token(std::move(made));
    }

    [[nodiscard]] std::optional<access> at_once(std::string_view field) const { return (*this)(field); }

    [[nodiscard]] access operator()(std::string_view field) const
    {
        auto const token = parse_bearer(field);
        return token && state_->knows(*token) ? access::allowed : access::unauthorized;
    }

    [[nodiscard]] std::string_view challenge() const noexcept { return state_->challenge; }

private:
    struct state {
        explicit state(std::string_view realm) : challenge(detail::challenge("Bearer", realm)) {}

        std::string const challenge;
        detail::keyed_digest::key key = detail::keyed_digest::key::random();
        std::mutex mutex;  // of what is below, where there is a file
        std::vector<detail::keyed_digest> known;
        std::optional<detail::watched_file> file;

        [[nodiscard]] detail::keyed_digest digest_of(std::string_view token) const
        {
            if (!parse_bearer("Bearer " + std::string(token)))
                throw std::invalid_argument("bearer_token: a token is letters, digits and -._~+/");
            return {key, token};
        }

        [[nodiscard]] std::vector<detail::keyed_digest> read() const
        {
            std::string const text = detail::whole_file(file->path());
            std::vector<detail::keyed_digest> found;
            std::string_view rest = text;
            while (!rest.empty()) {
                std::string_view line = iafmetrics::detail::take_until(rest, '\n');
                if (line.ends_with('\r')) line.remove_suffix(1);
                line = iafmetrics::detail::trimmed(line);
                if (!line.empty()) found.push_back(digest_of(line));
            }
            if (found.empty()) throw std::runtime_error("bearer_token: no token in " + file->path());
            return found;
        }

        [[nodiscard]] bool knows(std::string_view token)
        {
            detail::keyed_digest const shown(key, token);
            std::unique_lock lock(mutex, std::defer_lock);
            if (file) {
                lock.lock();
                if (file->has_changed()) {
                    try {
                        known = read();
                    } catch (std::system_error const&) {  // those before stay, and it is read again
                        file->look_again();
                    } catch (std::exception const&) {  // those before stay
                    }
                }
            }
            bool is_known = false;
            for (auto const& one : known)
                is_known = (one == shown) | is_known;
            return is_known;
        }
    };

    explicit bearer_token(std::shared_ptr<state> made) : state_(std::move(made)) {}

    std::shared_ptr<state> state_;
};

}  // namespace iafmetrics::inline v0::http
