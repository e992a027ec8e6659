// SPDX-License-Identifier: Apache-2.0
// JSON from strangers: parsed strictly, with the place of what is wrong.
#pragma once

#include <platform/problem.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace platform {

namespace json = boost::json;

/// Parses one JSON value. Refused with 400: malformed text, a member that appears twice, nesting beyond 32.
///
///     parse_json("{\"a\":1,}").error().reason   // malformed JSON at line 1, column 8: syntax error
result<json::value> parse_json(std::string_view text);

/// The same for a body that must be an object; an empty one is refused unless `empty_allowed` makes it {}.
result<json::object> parse_object(std::string_view text, bool empty_allowed = false);

/// "a string", "a number", "true or false", "an array", "an object", "null".
std::string_view kind_name(json::kind kind);

/// Reads the members of one object and keeps the first problem: a wrong type is 400, a value out of its range
/// 422, and done() refuses what no call asked for.
///
///     object_reader in{body};
///     auto const port = in.number("port", 1, 65535);
///     if (auto const wrong = in.done()) return *wrong;   // {400, "unknown field", "prot"}
///
/// Lifetime: shorter than the object's.
class object_reader {
public:
    /// `path` is what the fields' names are prefixed with: "metrics." or "env[2].".
    explicit object_reader(json::object const& object, std::string path = {})
        : object_{object}, path_{std::move(path)}
    {}

    /// Each is empty where the member is absent or wrong.
    std::optional<std::string> text(std::string_view name);
    std::optional<std::int64_t> number(std::string_view name, std::int64_t least, std::int64_t most);
    std::optional<bool> truth(std::string_view name);
    json::array const* array(std::string_view name);
    json::object const* object(std::string_view name);

    /// Refuses the member `name`; only the first problem is kept.
    void refuse(std::string_view name, int status, std::string reason);
    void refuse(std::optional<problem> found);
    void require(std::string_view name);

    /// The path of a member, as problems name it.
    std::string path(std::string_view name) const { return path_ + std::string{name}; }

    /// The first problem; else that of the first member that nobody asked for.
    std::optional<problem> done();

private:
    json::value const* take(std::string_view name, json::kind wanted);

    json::object const& object_;
    std::string path_;
    std::vector<std::string_view> known_;
    std::optional<problem> found_;
};

}  // namespace platform
