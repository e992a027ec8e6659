// SPDX-License-Identifier: Apache-2.0
#include "field_set.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace localkube {

namespace json = boost::json;

namespace {

/// f:spec → .spec    k:{"name":"http"} → [name="http"]    v:"x" → [="x"]
std::string readable(std::string_view step)
{
    auto const rest = step.substr(2);
    if (step.starts_with("f:")) return "." + std::string(rest);
    if (step.starts_with("v:")) return "[=" + std::string(rest) + "]";
    boost::system::error_code ec;
    auto const key = json::parse(rest, ec);
    std::string out;
    if (!ec && key.is_object())
        for (auto const& [name, value] : key.get_object())
            out.append(out.empty() ? "" : ",").append(name).append("=").append(json::serialize(value));
    return "[" + out + "]";
}

}  // namespace

field_set field_set::read(json::object const& fields_v1)
{
    field_set out;
    out.member = fields_v1.empty() || fields_v1.contains(".");
    for (auto const& [step, below] : fields_v1)
        if (step != "." && step.size() > 2 && below.is_object())
            out.inside.emplace(step, read(below.get_object()));
    return out;
}

json::object field_set::write() const
{
    json::object out;
    if (member && !inside.empty()) out["."] = json::object();
    for (auto const& [step, below] : inside)
        out[step] = below.write();
    return out;
}

field_set const* field_set::find(std::string_view step) const
{
    auto const at = inside.find(step);
    return at == inside.end() ? nullptr : &at->second;
}

void field_set::add(field_set const& other)
{
    member = member || other.member;
    for (auto const& [step, below] : other.inside)
        inside[step].add(below);
}

void field_set::subtract(field_set const& other)
{
    if (other.member) member = false;
    for (auto const& [step, below] : other.inside)
        if (auto const at = inside.find(step); at != inside.end()) at->second.subtract(below);
    drop_empty();
}

void field_set::keep_only(field_set const& other)
{
    member = member && other.member;
    for (auto& [step, below] : inside) {
        auto const* theirs = other.find(step);
        if (theirs)
            below.keep_only(*theirs);
        else
            below = {};
    }
    drop_empty();
}

void field_set::for_each(std::function<void(std::string const&)> const& visit, std::string const& path) const
{
    if (member) visit(path);
    for (auto const& [step, below] : inside)
        below.for_each(visit, path + readable(step));
}

void field_set::drop_empty()
{
    std::erase_if(inside, [](auto const& each) { return each.second.empty(); });
}

}  // namespace localkube
