// SPDX-License-Identifier: Apache-2.0
// Applications of a session: each an Application object in the session's namespace.
#pragma once

#include <platform/application_input.hpp>
#include <platform/sessions.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace platform {

/// An application as REST and MCP show it:
/// {"name","session","image","port","replicas","env","metrics","source","phase"}; image and source where set.
using application = json::object;

struct source {
    std::string digest;  ///< "sha256:<64 hexadecimal digits>"
    std::uint64_t size;  ///< bytes
};

/// Create, list, get, update and remove applications. A session or an application that is not there is 404,
/// one that is there already 409.
///
/// Threads:  the client's executor.
/// Lifetime: shorter than the client's.
class applications {
public:
    explicit applications(iafmetrics::kubernetes::client& api) : api_{api}, sessions_{api} {}

    net::awaitable<result<application>> create(std::string session, application_input input);
    net::awaitable<result<std::vector<application>>> list(std::string session);
    net::awaitable<result<application>> get(std::string session, std::string name);
    /// Replaces the fields given and leaves the others.
    net::awaitable<result<application>>
    update(std::string session, std::string name, application_input input);
    net::awaitable<result<application>> set_source(std::string session, std::string name, source what);
    net::awaitable<result<application>> remove(std::string session, std::string name);

private:
    net::awaitable<result<application>> patch(std::string session, std::string name, json::object spec);

    iafmetrics::kubernetes::client& api_;
    sessions sessions_;
};

}  // namespace platform
