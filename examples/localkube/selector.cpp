// SPDX-License-Identifier: Apache-2.0
#include "selector.hpp"

#include "stamp.hpp"

#include <algorithm>

namespace localkube {

namespace json = boost::json;

namespace {

std::string_view trimmed(std::string_view text)
{
    auto const begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

/// Parts between commas that are in no parentheses.
std::vector<std::string_view> parts(std::string_view text)
{
    std::vector<std::string_view> out;
    std::size_t begin = 0;
    int depth = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i == text.size() || (text[i] == ',' && depth == 0)) {
            if (auto const part = trimmed(text.substr(begin, i - begin)); !part.empty()) out.push_back(part);
            begin = i + 1;
        } else if (text[i] == '(') {
            ++depth;
        } else if (text[i] == ')') {
            --depth;
        }
    }
    return out;
}

std::string_view member(json::object const& object, std::string_view name)
{
    auto const* value = object.if_contains(name);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

}  // namespace

auto selector::parse_one(std::string_view text) -> outcome<requirement>
{
    auto const wrong = [text] {
        return bad_request("unable to parse requirement: \"" + std::string(text) + "\"");
    };
    requirement out;
    if (auto const open = text.find('('); open != std::string_view::npos) {
        if (!text.ends_with(')')) return wrong();
        auto head = trimmed(text.substr(0, open));
        out.wanted = !head.ends_with(" notin");
        if (out.wanted && !head.ends_with(" in")) return wrong();
        out.key = trimmed(head.substr(0, head.rfind(' ')));
        for (auto const value : parts(text.substr(open + 1, text.size() - open - 2)))
            out.values.emplace_back(value);
    } else if (auto const sign = text.find_first_of("=!", 1); sign != std::string_view::npos) {
        out.wanted = text[sign] == '=';
        if (!out.wanted && text.substr(sign, 2) != "!=") return wrong();
        auto const value =
            text.substr(sign + (text.substr(sign, 2) == "!=" || text.substr(sign, 2) == "==" ? 2 : 1));
        out.key = trimmed(text.substr(0, sign));
        out.values.emplace_back(trimmed(value));
    } else {
        out.wanted = !text.starts_with('!');
        out.any = true;
        out.key = trimmed(out.wanted ? text : text.substr(1));
    }
    for (auto const& value : out.values)
        if (label_fault(out.key, value)) return wrong();
    if (label_fault(out.key, "")) return wrong();
    return out;
}

outcome<selector> selector::parse(std::string_view labels, std::string_view fields)
{
    selector out;
    for (auto const part : parts(labels)) {
        auto read = parse_one(part);
        if (!read) return std::move(read).error();
        out.labels_.push_back(std::move(*read));
    }
    for (auto const part : parts(fields)) {
        auto read = parse_one(part);
        if (!read || read->any || (read->key != "metadata.name" && read->key != "metadata.namespace"))
            return bad_request("field label not supported: \"" + std::string(part) + "\"");
        out.fields_.push_back(std::move(*read));
    }
    return out;
}

bool selector::matches(json::object const& object) const
{
    static json::object const none;
    auto const& metadata = object.at("metadata").as_object();
    auto const* found = metadata.if_contains("labels");
    auto const& labels = found && found->is_object() ? found->get_object() : none;
    auto const one_of = [](requirement const& each, std::string_view value) {
        return std::find(each.values.begin(), each.values.end(), value) != each.values.end();
    };
    auto const label = [&](requirement const& each) {
        bool const has = labels.contains(each.key) && (each.any || one_of(each, member(labels, each.key)));
        return has == each.wanted;
    };
    auto const field = [&](requirement const& each) {
        return one_of(each, member(metadata, each.key.substr(std::string_view("metadata.").size()))) ==
               each.wanted;
    };
    return std::all_of(labels_.begin(), labels_.end(), label) &&
           std::all_of(fields_.begin(), fields_.end(), field);
}

}  // namespace localkube
