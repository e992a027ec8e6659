// SPDX-License-Identifier: Apache-2.0
// status, result: how an operation on the API ended.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace iafmetrics::kubernetes {

/// What the API answered when it refused, or why it could not be asked.
///
///     auto found = co_await api.get(applications, ns, name);
///     if (!found && found.error().not_found()) …            // the peer's answer is a value, never an
///     exception
///
/// `code` is the HTTP status, and 0 where no answer came (unreachable, timed out, cut off, unreadable); then
/// `reason` is a word of ours ("Unreachable", "Timeout", "BadAnswer") and `message` names the URL and the
/// cause.
struct status {
    /// One field that a validation refused.
    struct cause {
        std::string field;
        std::string message;
    };

    int code = 0;
    std::string reason{};   ///< one word: "NotFound", "Conflict", "AlreadyExists", "Invalid", "Expired"
    std::string message{};  ///< a sentence for people
    std::vector<cause> causes{};
    std::optional<std::chrono::seconds> retry_after{};  ///< what the server asked to wait

    [[nodiscard]] bool ok() const { return code >= 200 && code < 300; }
    [[nodiscard]] bool unreachable() const { return code == 0; }
    [[nodiscard]] bool not_found() const { return code == 404; }
    /// 404 for the path itself, not for one object: the kind is not installed in this cluster.
    [[nodiscard]] bool kind_missing() const { return code == 404 && reason != "NotFound"; }
    [[nodiscard]] bool already_exists() const { return code == 409 && reason == "AlreadyExists"; }
    /// Somebody else wrote first (update), or owns a field (apply without force).
    [[nodiscard]] bool conflict() const { return code == 409 && reason != "AlreadyExists"; }
    [[nodiscard]] bool invalid() const { return code == 422; }
    /// The resourceVersion or continue token is older than what the server remembers: list again.
    [[nodiscard]] bool expired() const { return code == 410; }
};

/// "404 NotFound: applications.iaf.io "shop" not found", for logs.
[[nodiscard]] std::string to_string(status const& s);

/// Reads a Kubernetes `Status` object, or any other body, of an answer with this HTTP status.
[[nodiscard]] status read_status(int http_status, std::string_view body);

/// A value, or the status that says why there is none: has_value(), value(), error(), operator*, operator->.
template <class T>
using result = boost::system::result<T, status>;

/// What result::value() throws where there is none: std::runtime_error with to_string(s).
[[noreturn]] void throw_exception_from_error(status const& s, boost::source_location const& where);

}  // namespace iafmetrics::kubernetes
