// SPDX-License-Identifier: Apache-2.0
// access: whether a request may pass, and who decides it.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace iafmetrics::inline v0::http {

/// What is said to a request.
enum class access {
    allowed,
    unauthorized,  ///< 401: no credentials, or wrong ones
    rate_limited,  ///< 429
    busy,          ///< 503: too many credentials are being checked; ask again
};

/// The status that answers it.
constexpr int status_of(access said) noexcept
{
    switch (said) {
    case access::allowed: return 200;
    case access::unauthorized: return 401;
    case access::rate_limited: return 429;
    case access::busy: break;
    }
    return 503;
}

/// And what is said beside it.
constexpr std::string_view words_of(access said) noexcept
{
    switch (said) {
    case access::allowed: return "welcome";
    case access::unauthorized: return "valid credentials are required";
    case access::rate_limited: return "too many requests";
    case access::busy: break;
    }
    return "too many credentials are being checked";
}

/// Decides by the value of a request's Authorization field, empty where it has none. Whatever can be called so:
///
///     authorizer open_at_night = [](std::string_view) { return is_night() ? access::allowed : access::unauthorized; };
///     authorizer by_password = basic_auth({{"prometheus", "$2y$10$…"}});
///
/// What may take long has at_once() too, which answers what it can in microseconds: a server asks that first, and
/// the rest in a thread of its own, so that a password that takes 100 ms to check keeps nobody waiting.
///
/// Threads: those of what it holds; a copy is the same authorizer.
class authorizer {
public:
    authorizer() = default;
    template <class Decides>
        requires(!std::same_as<std::remove_cvref_t<Decides>, authorizer> &&
                 std::is_invocable_r_v<access, Decides const&, std::string_view>)
    // NOLINTNEXTLINE(google-explicit-constructor): whatever decides is one
    authorizer(Decides decides) : held_(std::make_shared<held<Decides> const>(std::move(decides)))
    {}

    /// False: everybody may pass.
    explicit operator bool() const noexcept { return held_ != nullptr; }

    /// The answer, where it takes no time.
    [[nodiscard]] std::optional<access> at_once(std::string_view field) const
    {
        return held_ == nullptr ? access::allowed : held_->at_once(field);
    }

    /// The answer, however long it takes.
    [[nodiscard]] access operator()(std::string_view field) const
    {
        return held_ == nullptr ? access::allowed : held_->decide(field);
    }

    /// What WWW-Authenticate says beside a 401. Views what lives as long as this or a copy.
    [[nodiscard]] std::string_view challenge() const noexcept
    {
        return held_ == nullptr ? default_challenge : held_->challenge();
    }

private:
    static constexpr std::string_view default_challenge = R"(Basic realm="metrics", charset="UTF-8")";

    struct base {
        base() = default;
        base(base const&) = delete;
        base& operator=(base const&) = delete;
        virtual ~base() = default;
        [[nodiscard]] virtual std::optional<access> at_once(std::string_view field) const = 0;
        [[nodiscard]] virtual access decide(std::string_view field) const = 0;
        [[nodiscard]] virtual std::string_view challenge() const noexcept = 0;
    };

    template <class Decides>
    class held final : public base {
    public:
        explicit held(Decides decides) : decides_(std::move(decides)) {}

        [[nodiscard]] std::optional<access> at_once(std::string_view field) const override
        {
            if constexpr (requires { decides_.at_once(field); })
                return decides_.at_once(field);
            else
                return std::nullopt;
        }
        [[nodiscard]] access decide(std::string_view field) const override { return decides_(field); }
        [[nodiscard]] std::string_view challenge() const noexcept override
        {
            if constexpr (requires { decides_.challenge(); })
                return decides_.challenge();
            else
                return default_challenge;
        }

    private:
        Decides decides_;
    };

    std::shared_ptr<base const> held_;
};

}  // namespace iafmetrics::inline v0::http
