// SPDX-License-Identifier: Apache-2.0
// push_target: a group of a gateway, and all that its requests have in common.
#pragma once

#include <iafmetrics/beast/detail/base64_text.hpp>
#include <iafmetrics/beast/detail/gateway_url.hpp>
#include <iafmetrics/beast/detail/grouping_key.hpp>
#include <iafmetrics/beast/push_options.hpp>
#include <iafmetrics/detail/field_text.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::beast::detail {

/// Immutable, and shared with the pushes under way.
class push_target {
public:
    /// Errors: std::invalid_argument that names the option and the reason, and no secret.
    push_target(std::string_view gateway,
                push_options const& options,
                std::string_view scheme,
                std::string_view port)
        : url(parse_gateway_url(gateway, scheme, port)), job(options.job), grouping(options.grouping),
          path(url.prefix + grouping_path(job, grouping)),
          shown(std::string(scheme) + "://" + url.authority + path), timeout(options.timeout)
    {
        if (timeout <= timeout.zero()) refuse("the timeout must be above 0");
        bool const has_user = !options.user.empty() || !options.password.empty();
        if (has_user && !options.bearer_token.empty()) refuse("either user and password or a bearer token");
        if (options.user.find(':') != std::string::npos) refuse("a user name has no colon (RFC 7617)");
        if (has_user)
            add_field("Authorization", "Basic " + base64_text(options.user + ':' + options.password,
                                                              base64_alphabet::standard));
        if (!options.bearer_token.empty()) add_field("Authorization", "Bearer " + options.bearer_token);
        for (auto const& [name, value] : options.headers)
            add_field(name, value);
    }

    gateway_url url;
    std::string job;
    label_list grouping;
    std::string path;
    std::string shown;  // in messages
    std::chrono::milliseconds timeout;
    label_list fields;

private:
    [[noreturn]] void refuse(std::string const& why) const
    {
        throw std::invalid_argument("cannot push job \"" + job + "\": " + why);
    }

    void add_field(std::string const& name, std::string value)
    {
        auto const is_token = [](char c) {  // RFC 9110, section 5.6.2
            return iafmetrics::detail::is_letter(c) || iafmetrics::detail::is_digit(c) ||
                   std::string_view("!#$%&'*+-.^`|~").find(c) != std::string_view::npos;
        };
        auto const is_control = [](char c) {
            return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7F;
        };
        if (name.empty() || !std::all_of(name.begin(), name.end(), is_token))
            refuse("header \"" + name + "\" has no valid name");
        if (std::any_of(value.begin(), value.end(), is_control))
            refuse("the value of header \"" + name + "\" has a control character");
        for (std::string_view const own :
             {"Host", "Content-Length", "Content-Type", "Transfer-Encoding", "Connection"})
            if (iafmetrics::detail::is_same(name, own)) refuse("header \"" + name + "\" is set by each push");
        if (std::any_of(fields.begin(), fields.end(),
                        [&](auto const& other) { return iafmetrics::detail::is_same(other.first, name); }))
            refuse("header \"" + name + "\" may appear only once");
        fields.emplace_back(name, std::move(value));
    }
};

}  // namespace iafmetrics::inline v0::beast::detail
