// SPDX-License-Identifier: Apache-2.0
// One pass for what is wrong and where, one for the value.
#include <platform/strict_json.hpp>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <set>

namespace platform {

namespace {

// Refuses a member that appears twice; all else is the parser's.
struct duplicate_finder {
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);
    using error = boost::system::error_code;
    using text = json::string_view;

    std::vector<std::set<std::string, std::less<>>> open;
    std::string key;
    std::optional<std::string> duplicate;

    bool on_document_begin(error&) { return true; }
    bool on_document_end(error&) { return true; }
    bool on_object_begin(error&)
    {
        open.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, error&)
    {
        open.pop_back();
        return true;
    }
    bool on_array_begin(error&) { return true; }
    bool on_array_end(std::size_t, error&) { return true; }
    bool on_key_part(text part, std::size_t, error&)
    {
        key.append(part.data(), part.size());
        return true;
    }
    bool on_key(text part, std::size_t, error& e)
    {
        key.append(part.data(), part.size());
        if (!open.back().insert(key).second) {
            duplicate = key;
            e = json::error::not_found;  // any code stops the parser; `duplicate` says why
            return false;
        }
        key.clear();
        return true;
    }
    bool on_string_part(text, std::size_t, error&) { return true; }
    bool on_string(text, std::size_t, error&) { return true; }
    bool on_number_part(text, error&) { return true; }
    bool on_int64(std::int64_t, text, error&) { return true; }
    bool on_uint64(std::uint64_t, text, error&) { return true; }
    bool on_double(double, text, error&) { return true; }
    bool on_bool(bool, error&) { return true; }
    bool on_null(error&) { return true; }
    bool on_comment_part(text, error&) { return true; }
    bool on_comment(text, error&) { return true; }
};

std::string place(std::string_view text, std::size_t at)
{
    auto const before = text.substr(0, at);
    auto const line = std::ranges::count(before, '\n') + 1;
    auto const start = before.rfind('\n');
    auto const column = start == std::string_view::npos ? at + 1 : at - start;
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace

result<json::value> parse_json(std::string_view text)
{
    json::basic_parser<duplicate_finder> parser{json::parse_options{}};
    boost::system::error_code error;
    auto used = parser.write_some(false, text.data(), text.size(), error);
    if (!error && used < text.size()) error = json::error::extra_data;
    if (auto const& twice = parser.handler().duplicate)
        return problem{400, "the member appears twice, again at " + place(text, used), *twice};
    if (error) return problem{400, "malformed JSON at " + place(text, used) + ": " + error.message()};
    return json::parse(json::string_view{text.data(), text.size()});
}

result<json::object> parse_object(std::string_view text, bool empty_allowed)
{
    if (text.empty() && empty_allowed) return json::object{};
    if (text.empty()) return problem{400, "the body is empty; it must be a JSON object"};
    auto parsed = parse_json(text);
    if (!parsed) return parsed.error();
    if (!parsed->is_object())
        return problem{400, "the body must be an object, not " + std::string{kind_name(parsed->kind())}};
    return std::move(parsed->get_object());
}

std::string_view kind_name(json::kind kind)
{
    switch (kind) {
    case json::kind::string: return "a string";
    case json::kind::bool_: return "true or false";
    case json::kind::array: return "an array";
    case json::kind::object: return "an object";
    case json::kind::null: return "null";
    default: return "a number";
    }
}

json::value const* object_reader::take(std::string_view name, json::kind wanted)
{
    known_.push_back(name);
    auto const* found = object_.if_contains(name);
    if (found == nullptr) return nullptr;
    if (kind_name(found->kind()) == kind_name(wanted)) return found;
    refuse(name, 400,
           "must be " + std::string{kind_name(wanted)} + ", not " + std::string{kind_name(found->kind())});
    return nullptr;
}

std::optional<std::string> object_reader::text(std::string_view name)
{
    auto const* found = take(name, json::kind::string);
    if (found == nullptr) return std::nullopt;
    return std::string{found->get_string()};
}

std::optional<std::int64_t>
object_reader::number(std::string_view name, std::int64_t least, std::int64_t most)
{
    auto const* found = take(name, json::kind::int64);
    if (found == nullptr) return std::nullopt;
    if (found->is_int64() && found->get_int64() >= least && found->get_int64() <= most)
        return found->get_int64();
    refuse(name, 422,
           "must be a " + std::string{found->is_double() ? "whole " : ""} + "number from " +
               std::to_string(least) + " to " + std::to_string(most) + ", not " + json::serialize(*found));
    return std::nullopt;
}

std::optional<bool> object_reader::truth(std::string_view name)
{
    auto const* found = take(name, json::kind::bool_);
    if (found == nullptr) return std::nullopt;
    return found->get_bool();
}

json::array const* object_reader::array(std::string_view name)
{
    auto const* found = take(name, json::kind::array);
    return found == nullptr ? nullptr : &found->get_array();
}

json::object const* object_reader::object(std::string_view name)
{
    auto const* found = take(name, json::kind::object);
    return found == nullptr ? nullptr : &found->get_object();
}

void object_reader::refuse(std::string_view name, int status, std::string reason)
{
    if (!found_) found_ = problem{status, std::move(reason), path(name)};
}

void object_reader::refuse(std::optional<problem> found)
{
    if (!found_) found_ = std::move(found);
}

void object_reader::require(std::string_view name)
{
    if (!object_.contains(name)) refuse(name, 400, "is required");
}

std::optional<problem> object_reader::done()
{
    for (auto const& member : object_) {
        std::string_view const name{member.key().data(), member.key().size()};
        if (found_ || std::ranges::find(known_, name) != known_.end()) continue;
        std::string known;
        for (auto const one : known_)
            known.append(known.empty() ? "" : ", ").append(one);
        refuse(name, 400,
               known.empty() ? "unknown field; none is known here" : "unknown field; known are " + known);
    }
    return found_;
}

}  // namespace platform
