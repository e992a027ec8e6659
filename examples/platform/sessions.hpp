// SPDX-License-Identifier: Apache-2.0
// Sessions: each a namespace of its own.
#pragma once

#include <kubernetes/client.hpp>
#include <platform/problem.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace platform {

namespace net = boost::asio;
namespace json = boost::json;

/// The label selector of the namespaces that are sessions.
inline constexpr std::string_view session_selector = "app.kubernetes.io/managed-by=iaf";

struct session {
    std::string id;          ///< 12 hexadecimal digits
    std::string ns;          ///< "iaf-<id>"
    std::string created_at;  ///< RFC 3339
    std::string phase;       ///< Active or Terminating
};

/// {"id":…,"namespace":…,"createdAt":…,"phase":…}
json::object to_json(session const& one);

/// "iaf-<id>"; empty when `id` is none that a session can have.
std::string namespace_of(std::string_view id);

/// Create, list, get and remove sessions.
///
/// Threads:  the client's executor.
/// Lifetime: shorter than the client's.
class sessions {
public:
    explicit sessions(iafmetrics::kubernetes::client& api) : api_{api} {}

    net::awaitable<result<session>> create();
    net::awaitable<result<std::vector<session>>> list();
    net::awaitable<result<session>> get(std::string id);
    /// Removes the session with all that is in it. The namespace may be seen Terminating for a while.
    net::awaitable<result<session>> remove(std::string id);

private:
    iafmetrics::kubernetes::client& api_;
};

}  // namespace platform
