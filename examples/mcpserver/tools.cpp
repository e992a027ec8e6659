// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/counter.hpp>

#include <platform/strict_json.hpp>

#include <boost/json/serialize.hpp>

#include <mcpserver/tool_schemas.hpp>
#include <mcpserver/tools.hpp>

#include <algorithm>

namespace mcpserver {

namespace {

json::object text_block(std::string text) { return {{"type", "text"}, {"text", std::move(text)}}; }

json::object hints(bool read_only, bool destructive, bool idempotent)
{
    return {{"readOnlyHint", read_only}, {"destructiveHint", destructive}, {"idempotentHint", idempotent}};
}

// The arguments named, all required strings.
template <std::size_t Count>
platform::result<std::array<std::string, Count>> read_names(json::object const& arguments,
                                                            std::array<std::string_view, Count> const& names)
{
    platform::object_reader in{arguments};
    std::array<std::string, Count> values;
    for (std::size_t i = 0; i < Count; ++i) {
        values[i] = in.text(names[i]).value_or("");
        in.require(names[i]);
    }
    if (auto const wrong = in.done()) return *wrong;
    return values;
}

}  // namespace

tools::tools(iafmetrics::kubernetes::client& api, iafmetrics::counter& sessions_created)
    : sessions_{api}, applications_{api}, sessions_created_{sessions_created}
{
    tools_.push_back({"create_session", "Create a session",
                      "Creates a session: a namespace of its own, in which applications are deployed.",
                      schemas::no_arguments(), schemas::session(), hints(false, false, false),
                      [this](json::object const& a) { return create_session(a); }});
    tools_.push_back(
        {"deploy_application", "Deploy an application",
         "Creates an application in a session, or changes the fields given of one that is there.",
         schemas::deploy_arguments(), schemas::application(), hints(false, true, true),
         [this](json::object const& a) { return deploy_application(a); }});
    tools_.push_back({"list_applications", "List applications",
                      "Lists the applications of a session with their phases.", schemas::session_argument(),
                      schemas::application_list(), hints(true, false, true),
                      [this](json::object const& a) { return list_applications(a); }});
    tools_.push_back({"delete_application", "Delete an application",
                      "Deletes an application and all that was made for it.",
                      schemas::application_arguments(), schemas::deleted_application(),
                      hints(false, true, false),
                      [this](json::object const& a) { return delete_application(a); }});
}

json::array tools::list() const
{
    json::array all;
    for (auto const& one : tools_)
        all.push_back(json::object{{"name", one.name},
                                   {"title", one.title},
                                   {"description", one.description},
                                   {"inputSchema", one.input},
                                   {"outputSchema", one.output},
                                   {"annotations", one.hints}});
    return all;
}

tools::tool const* tools::find(std::string_view name) const
{
    auto const found = std::ranges::find(tools_, name, &tool::name);
    return found == tools_.end() ? nullptr : &*found;
}

bool tools::contains(std::string_view name) const { return find(name) != nullptr; }

net::awaitable<json::object> tools::call(std::string_view name, json::object arguments)
{
    auto const* chosen = find(name);
    auto const got = co_await chosen->run(arguments);
    json::array content;
    json::object answer;
    if (got) {
        content.push_back(text_block(json::serialize(*got)));
        answer["content"] = std::move(content);
        answer["structuredContent"] = *got;
    } else {
        auto const& why = got.error();
        content.push_back(text_block(why.field.empty() ? why.reason : why.field + ": " + why.reason));
        answer["content"] = std::move(content);
    }
    answer["isError"] = got.has_error();
    co_return answer;
}

net::awaitable<tools::outcome> tools::create_session(json::object const& arguments)
{
    if (auto const wrong = platform::object_reader{arguments}.done()) co_return *wrong;
    auto const made = co_await sessions_.create();
    if (!made) co_return made.error();
    sessions_created_.increment();
    co_return to_json(*made);
}

net::awaitable<tools::outcome> tools::deploy_application(json::object const& arguments)
{
    json::object const only_session = [&] {
        auto const* given = arguments.if_contains("session");
        return given == nullptr ? json::object{} : json::object{{"session", *given}};
    }();
    auto const session = read_names(only_session, std::array<std::string_view, 1>{"session"});
    if (!session) co_return session.error();
    json::object wanted = arguments;
    wanted.erase("session");
    auto input = platform::read_application(wanted);
    if (!input) co_return input.error();
    auto const name = input->name;
    auto created = co_await applications_.create(session->front(), *input);
    if (created || created.error().status != 409) co_return created;
    co_return co_await applications_.update(session->front(), name, std::move(*input));
}

net::awaitable<tools::outcome> tools::list_applications(json::object const& arguments)
{
    auto const session = read_names(arguments, std::array<std::string_view, 1>{"session"});
    if (!session) co_return session.error();
    auto const found = co_await applications_.list(session->front());
    if (!found) co_return found.error();
    json::array all;
    for (auto const& one : *found)
        all.push_back(one);
    co_return json::object{{"applications", std::move(all)}};
}

net::awaitable<tools::outcome> tools::delete_application(json::object const& arguments)
{
    auto const names = read_names(arguments, std::array<std::string_view, 2>{"session", "name"});
    if (!names) co_return names.error();
    auto const removed = co_await applications_.remove(names->at(0), names->at(1));
    if (!removed) co_return removed.error();
    co_return json::object{{"session", names->at(0)}, {"name", names->at(1)}};
}

}  // namespace mcpserver
