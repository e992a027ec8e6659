// SPDX-License-Identifier: Apache-2.0
#include "list.hpp"

#include <boost/json/array.hpp>

#include "metadata.hpp"
#include "table.hpp"

#include <charconv>

namespace localkube {

namespace json = boost::json;

namespace {

/// Where the next page begins: the version of the list and the last key, "1767366245000:ns/name".
struct page_token {
    std::uint64_t version = 0;
    key after;
};

std::string write(page_token const& token)
{
    return std::to_string(token.version) + ":" + token.after.ns + "/" + token.after.name;
}

outcome<page_token> read(std::string_view text)
{
    page_token out;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out.version);
    auto const rest = text.substr(static_cast<std::size_t>(end - text.data()));
    auto const slash = rest.find('/');
    if (ec != std::errc{} || !rest.starts_with(':') || slash == std::string_view::npos)
        return bad_request("continue key is not valid");
    out.after = {std::string(rest.substr(1, slash - 1)), std::string(rest.substr(slash + 1))};
    return out;
}

}  // namespace

response answer_list(store const& objects, target const& about, request const& r)
{
    auto const which = selector::parse(parameter(r, "labelSelector"), parameter(r, "fieldSelector"));
    if (!which) return answer(which.error());
    std::size_t limit = 0;
    if (auto const text = parameter(r, "limit"); !text.empty()) {
        auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), limit);
        if (ec != std::errc{} || end != text.data() + text.size())
            return answer(bad_request("limit must be a number, not \"" + text + "\""));
    }
    page_token from{objects.version(), {}};
    if (auto const text = parameter(r, "continue"); !text.empty()) {
        auto token = read(text);
        if (!token) return answer(token.error());
        if (token->version < objects.oldest())
            return answer(
                expired("The provided continue parameter is too old to display a consistent list result."));
        from = std::move(*token);
    }

    std::vector<snapshot> items;
    json::object metadata{{"resourceVersion", std::to_string(from.version)}};
    std::size_t left = 0;
    key last;
    for (auto const& object : objects.list(*about.what, about.ns, from.after)) {
        if (!which->matches(*object)) continue;
        if (limit != 0 && items.size() == limit) {
            ++left;
            continue;
        }
        items.push_back(object);
        last = key_of(*object);
    }
    if (left != 0) {
        metadata["continue"] = write({from.version, last});
        if (which->matches_all()) metadata["remainingItemCount"] = left;
    }
    if (wants_table(r.header("Accept"))) {
        auto table = table_of(*about.what, items);
        table["metadata"] = std::move(metadata);
        return answer_json(200, table);
    }
    json::array list;
    for (auto const& each : items)
        list.push_back(*each);
    return answer_json(200, json::object{{"kind", std::string(about.what->name) + "List"},
                                         {"apiVersion", api_version(*about.what)},
                                         {"metadata", std::move(metadata)},
                                         {"items", std::move(list)}});
}

}  // namespace localkube
