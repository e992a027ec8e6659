// SPDX-License-Identifier: Apache-2.0
// basic_auth: who knows a user's password may pass. Needs libcrypt: CMake target iafmetrics::basic_auth.
#pragma once

#include <iafmetrics/http/access.hpp>
#include <iafmetrics/http/authorization.hpp>
#include <iafmetrics/http/detail/challenge.hpp>
#include <iafmetrics/http/detail/keyed_digest.hpp>

#include <crypt.h>

#include <condition_variable>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::http {

struct basic_auth_user {
    std::string name;
    std::string hash;  ///< bcrypt's, of the password: $2y$10$ and 53 letters
};

struct basic_auth_options {
    std::string realm = "metrics";
    std::size_t concurrency = 1;  ///< passwords that are checked at a time, each on a whole core
    std::size_t waiting = 16;     ///< and that wait for their turn; busy beyond
    int highest_cost = 14;        ///< of a hash: bcrypt takes 2^cost rounds, 14 about a second
};

/// Lets requests pass that show a user's password (RFC 7617), of which it knows the bcrypt hash alone.
///
///     // htpasswd -nBC 10 prometheus
///     auto const server = iafmetrics::serve(registry, 9100, {.authorize = http::basic_auth({{"prometheus", "$2y$10$…"}})});
///
/// The password that was right last is known again at once, by a digest under a random key, at its user's own place: no
/// names or passwords are joined to a key that another pair could have too (CVE-2022-46146), wrong ones push nothing
/// out, and memory does not grow. A name that is unknown is compared with a hash as well, one of those there are, so
/// that the time tells nothing.
///
/// Threads: any; a copy is the same authorizer. operator() waits for its turn, at_once() never.
/// Cost:    a microsecond where the password is that of the last time; else bcrypt, 50 ms and more.
/// Errors:  std::invalid_argument that names the user, for a hash that is not bcrypt's or that costs too much; for a
///          name twice, or no user at all.
class basic_auth {
public:
    using user_list = std::vector<basic_auth_user>;

    explicit basic_auth(std::initializer_list<basic_auth_user> users, basic_auth_options const& options = {})
        : basic_auth(user_list(users), options)
    {}
    explicit basic_auth(user_list const& users, basic_auth_options const& options = {})
        : state_(std::make_shared<state>(users, options, nullptr))
    {}

    /// The same for other users. The password of one whose hash is what it was stays known, and becomes known by a check
    /// that is under way.
    [[nodiscard]] basic_auth renewed(user_list const& users) const
    {
        return basic_auth(std::make_shared<state>(users, state_->options, state_.get()));
    }

    /// Nothing where bcrypt has to say.
    [[nodiscard]] std::optional<access> at_once(std::string_view field) const
    {
        auto const given = basic_credentials::parse(field);
        if (!given) return access::unauthorized;
        if (state_->remembers(*given)) return access::allowed;
        return std::nullopt;
    }

    [[nodiscard]] access operator()(std::string_view field) const
    {
        auto const given = basic_credentials::parse(field);
        if (!given) return access::unauthorized;
        return state_->remembers(*given) ? access::allowed : state_->check(*given);
    }

    [[nodiscard]] std::string_view challenge() const noexcept { return state_->challenge; }

    /// Why a hash is refused; empty where it is not.
    [[nodiscard]] static std::string flaw_of(std::string_view hash,
                                             int highest_cost = basic_auth_options{}.highest_cost)
    {
        constexpr std::size_t size = 60;
        constexpr std::string_view letters =
            "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
        bool const is_bcrypt = hash.size() == size && hash.starts_with("$2") &&
                               (hash[2] == 'a' || hash[2] == 'b' || hash[2] == 'y') && hash[3] == '$' &&
                               is_digit(hash[4]) && is_digit(hash[5]) && hash[6] == '$' &&
                               hash.substr(7).find_first_not_of(letters) == std::string_view::npos;
        if (!is_bcrypt) return "is not a bcrypt hash ($2y$10$ and 53 letters; htpasswd -B makes one)";
        int const cost = (hash[4] - '0') * 10 + (hash[5] - '0');
        if (cost < 4) return "has a cost below 4, which bcrypt does not have";
        if (cost > highest_cost)
            return "costs " + std::to_string(cost) + ", more than the highest that is allowed, " +
                   std::to_string(highest_cost);
        return {};
    }

private:
    using digest = detail::keyed_digest;

    // The password that was right last; of a user and a hash, in whichever state it is.
    class memory {
    public:
        [[nodiscard]] bool is(digest const& shown)
        {
            std::lock_guard const lock(mutex_);
            return known_.has_value() && *known_ == shown;
        }
        void keep(digest const& shown)
        {
            std::lock_guard const lock(mutex_);
            known_ = shown;
        }

    private:
        std::mutex mutex_;
        std::optional<digest> known_;
    };

    struct user {
        digest name;
        std::string hash;
        std::shared_ptr<memory> last;
    };

    struct state {
        state(user_list const& given, basic_auth_options const& asked, state const* before)
            : options(asked), challenge(detail::challenge("Basic", asked.realm) + ", charset=\"UTF-8\""),
              key(before != nullptr ? before->key : digest::key::random())
        {
            if (options.concurrency == 0)
                throw std::invalid_argument("basic_auth: a concurrency of 0 checks nothing");
            if (given.empty()) throw std::invalid_argument("basic_auth: no user");
            for (auto const& [name, hash] : given) {
                if (name.find(':') != std::string::npos)
                    throw std::invalid_argument("basic_auth: user \"" + name +
                                                "\" has a colon, which ends a name");
                if (std::string const flaw = flaw_of(hash, asked.highest_cost); !flaw.empty())
                    throw std::invalid_argument("basic_auth: the password of user \"" + name + "\" " + flaw);
                digest const named(key, name);
                for (user const& other : users)
                    if (other.name == named)
                        throw std::invalid_argument("basic_auth: user \"" + name + "\" is there twice");
                users.push_back({named, hash, memory_of(named, hash, before)});
            }
        }

        static std::shared_ptr<memory>
        memory_of(digest const& name, std::string const& hash, state const* before)
        {
            if (before != nullptr)
                for (user const& one : before->users)
                    if (one.name == name && one.hash == hash) return one.last;
            return std::make_shared<memory>();
        }

        struct found {
            std::size_t at;  // of an unknown name: which hash it is compared with
            bool is_known;
        };

        /// All names are looked at, whether or not one is the same.
        [[nodiscard]] found find(std::string_view name) const noexcept
        {
            digest const named(key, name);
            found result{static_cast<std::size_t>(named.low() % users.size()), false};
            for (std::size_t i = 0; i != users.size(); ++i)
                if (users[i].name == named) result = {i, true};
            return result;
        }

        [[nodiscard]] bool remembers(basic_credentials const& given)
        {
            auto const [at, is_known] = find(given.user);
            return users[at].last->is(digest(key, given.password)) & is_known;
        }

        [[nodiscard]] access check(basic_credentials const& given)
        {
            auto const [at, is_known] = find(given.user);
            std::unique_lock lock(mutex);
            if (running == options.concurrency) {
                if (waiting == options.waiting) return access::busy;
                ++waiting;
                turn.wait(lock, [this] { return running != options.concurrency; });
                --waiting;
            }
            ++running;
            lock.unlock();
            bool const is_right = is_password(given.password, users[at].hash);
            lock.lock();
            --running;
            lock.unlock();
            turn.notify_one();
            if (is_right && is_known) users[at].last->keep(digest(key, given.password));
            return is_right && is_known ? access::allowed : access::unauthorized;
        }

        static bool is_password(std::string const& password, std::string const& hash) noexcept
        {
            try {
                auto const scratch = std::make_unique<::crypt_data>();  // 32 KiB
                char const* const made = ::crypt_rn(password.c_str(), hash.c_str(), scratch.get(),
                                                    static_cast<int>(sizeof *scratch));
                if (made == nullptr) return false;
                std::string_view const again(made);
                unsigned difference = again.size() != hash.size();
                for (std::size_t i = 0; i != again.size() && i != hash.size(); ++i)
                    difference |= static_cast<unsigned>(again[i] ^ hash[i]);
                return difference == 0;
            } catch (...) {  // out of memory: nobody passes
                return false;
            }
        }

        basic_auth_options const options;
        std::string const challenge;
        digest::key const key;
        std::vector<user> users;
        std::mutex mutex;
        std::condition_variable turn;
        std::size_t running = 0;
        std::size_t waiting = 0;
    };

    explicit basic_auth(std::shared_ptr<state> made) : state_(std::move(made)) {}

    std::shared_ptr<state> state_;
};

}  // namespace iafmetrics::inline v0::http
