// SPDX-License-Identifier: Apache-2.0
// The routes as a tree of segments.
#include <http_service/router.hpp>

#include <algorithm>
#include <map>
#include <span>
#include <stdexcept>
#include <utility>

namespace iafmetrics::http_service {

// A place in the tree. What ends here is `pattern` with its methods; a parameter's name belongs to the
// pattern, so that "/{a}" and "/{b}/c" share a node.
struct router::node {
    std::map<std::string, node, std::less<>> literals;
    std::unique_ptr<node> parameter;
    std::unique_ptr<node> rest;

    std::string pattern;
    std::vector<std::string> names;
    std::map<http::verb, route> methods;
};

namespace {

[[noreturn]] void refuse(std::string_view pattern, std::string_view reason)
{
    throw std::invalid_argument{"route \"" + std::string{pattern} + "\": " + std::string{reason}};
}

std::size_t default_body_limit(http::verb method)
{
    bool const has_none =
        method == http::verb::get || method == http::verb::head || method == http::verb::delete_;
    return has_none ? 0 : std::size_t{1} << 20;
}

std::vector<std::string_view> split(std::string_view pattern)
{
    if (!pattern.starts_with('/')) refuse(pattern, "must start with a slash");
    std::vector<std::string_view> segments;
    for (std::string_view rest = pattern.substr(1); !rest.empty() || pattern.size() > 1;) {
        auto const slash = rest.find('/');
        segments.push_back(rest.substr(0, slash));
        if (slash == std::string_view::npos) break;
        rest.remove_prefix(slash + 1);
    }
    return segments;
}

// The captured values in the order of the path; the deepest literal match wins.
template <class Node>
Node const* descend(Node const& at, std::span<std::string const> segments, std::vector<std::string>& captured)
{
    if (segments.empty()) return at.methods.empty() ? nullptr : &at;
    if (auto const next = at.literals.find(segments.front()); next != at.literals.end())
        if (auto const* found = descend(next->second, segments.subspan(1), captured)) return found;
    auto const kept = captured.size();
    if (at.parameter && !segments.front().empty()) {
        captured.push_back(segments.front());
        if (auto const* found = descend(*at.parameter, segments.subspan(1), captured)) return found;
        captured.resize(kept);
    }
    if (!at.rest) return nullptr;
    std::string joined = segments.front();
    for (auto const& segment : segments.subspan(1))
        joined.append("/").append(segment);
    captured.push_back(std::move(joined));
    return at.rest.get();
}

}  // namespace

router::router() : root_{std::make_unique<node>()} {}
router::router(router&&) noexcept = default;
router& router::operator=(router&&) noexcept = default;
router::~router() = default;

void router::add(http::verb method, std::string_view pattern, handler handle, route_options options)
{
    if (method == http::verb::unknown) refuse(pattern, "needs a known method");
    if (!handle) refuse(pattern, "needs a handler");
    if (!options.body_limit) options.body_limit = default_body_limit(method);

    std::vector<std::string> names;
    node* at = root_.get();
    auto const segments = split(pattern);
    for (auto const segment : segments) {
        if (!segment.starts_with('{')) {
            if (segment.find_first_of("{}") != std::string_view::npos)
                refuse(pattern, "a parameter must be a whole segment");
            at = &at->literals[std::string{segment}];
            continue;
        }
        auto name = segment.substr(1, segment.size() - 1);
        if (!name.ends_with('}')) refuse(pattern, "a parameter must be a whole segment");
        name.remove_suffix(1);
        bool const rest = name.ends_with("...");
        if (rest) name.remove_suffix(3);
        if (rest && segment.data() != segments.back().data())
            refuse(pattern, "the rest must be the last segment");
        if (name.empty() || name.find_first_of("{}.") != std::string_view::npos)
            refuse(pattern, "a parameter needs a name");
        if (std::ranges::find(names, name) != names.end())
            refuse(pattern, "two parameters have the same name");
        names.emplace_back(name);
        auto& next = rest ? at->rest : at->parameter;
        if (!next) next = std::make_unique<node>();
        at = next.get();
    }

    if (at->pattern.empty()) {
        at->pattern = pattern;
        at->names = std::move(names);
    }
    if (at->pattern != pattern) refuse(pattern, "matches the same paths as \"" + at->pattern + '"');
    if (!at->methods.try_emplace(method, route{at->pattern, std::move(handle), options}).second)
        refuse(pattern, "is there already for " + std::string{http::to_string(method)});
}

router::match router::find(http::verb method, std::vector<std::string> const& segments) const
{
    match result;
    std::vector<std::string> captured;
    auto const* at = descend(*root_, segments, captured);
    if (at == nullptr) return result;

    result.pattern = at->pattern;
    auto found = at->methods.find(method);
    if (found == at->methods.end() && method == http::verb::head) found = at->methods.find(http::verb::get);
    if (found != at->methods.end()) {
        result.found = &found->second;
        for (std::size_t i = 0; i < captured.size(); ++i)
            result.parameters.emplace_back(at->names[i], std::move(captured[i]));
        return result;
    }

    std::vector<std::string> allowed;
    for (auto const& [verb, unused] : at->methods)
        allowed.emplace_back(http::to_string(verb));
    if (at->methods.contains(http::verb::get) && !at->methods.contains(http::verb::head))
        allowed.emplace_back("HEAD");
    std::ranges::sort(allowed);
    for (auto const& name : allowed)
        result.allow.append(result.allow.empty() ? "" : ", ").append(name);
    return result;
}

}  // namespace iafmetrics::http_service
