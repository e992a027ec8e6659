// SPDX-License-Identifier: Apache-2.0
// fake_api: a Kubernetes API that holds still, so that one pass of the control loop can be looked at.
#pragma once

#include <boost/json.hpp>

#include "../shims/scripted_server.hpp"

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

/// Answers get, list, apply and status patch out of a map; its watches stay silent, so the loop reconciles
/// what the first list had and nothing more. Writes are kept to be looked at and do not change the map.
class fake_api {
public:
    struct write {
        std::string method_and_path;
        boost::json::object body;
    };

    /// By path; set before the loop runs.
    std::map<std::string, boost::json::object> objects;
    /// By "METHOD /path": instead of the ordinary answer. Also for a collection.
    std::map<std::string, scripted_server::reply> answers;

    [[nodiscard]] std::string url() const { return server_.url(); }
    [[nodiscard]] std::vector<write> writes() const;
    /// The body of the only write of that method and path; fails the test where there is another number.
    [[nodiscard]] boost::json::object only_write(std::string_view method_and_path) const;

    [[nodiscard]] static scripted_server::reply
    status(int code, std::string_view reason, std::string_view message);

private:
    scripted_server::reply reply(std::string const& request);
    [[nodiscard]] boost::json::object list(std::string const& plural, bool only_managed) const;

    std::mutex mutable mutex_;
    std::vector<write> writes_;
    scripted_server server_{[this](int, std::string const& request) { return reply(request); }};
};
