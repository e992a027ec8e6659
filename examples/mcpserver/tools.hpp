// SPDX-License-Identifier: Apache-2.0
// The platform's verbs as MCP tools.
#pragma once

#include <iafmetrics/fwd.hpp>

#include <platform/applications.hpp>
#include <platform/sessions.hpp>

#include <boost/json/array.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mcpserver {

namespace json = boost::json;
namespace net = boost::asio;

/// The tools, in the order in which they are listed.
///
/// Threads: the client's executor. Lifetime: shorter than the client's.
class tools {
public:
    tools(iafmetrics::kubernetes::client& api, iafmetrics::counter& sessions_created);

    /// What tools/list answers with.
    json::array list() const;
    bool contains(std::string_view name) const;

    /// What tools/call answers with. Arguments that are wrong and verbs that are refused are a result with
    /// isError, which the model behind the client can read and act on.
    net::awaitable<json::object> call(std::string_view name, json::object arguments);

private:
    using outcome = platform::result<json::object>;
    struct tool {
        std::string name, title, description;
        json::object input, output, hints;
        std::function<net::awaitable<outcome>(json::object const&)> run;
    };

    tool const* find(std::string_view name) const;

    net::awaitable<outcome> create_session(json::object const& arguments);
    net::awaitable<outcome> deploy_application(json::object const& arguments);
    net::awaitable<outcome> list_applications(json::object const& arguments);
    net::awaitable<outcome> delete_application(json::object const& arguments);

    platform::sessions sessions_;
    platform::applications applications_;
    iafmetrics::counter& sessions_created_;
    std::vector<tool> tools_;
};

}  // namespace mcpserver
