// SPDX-License-Identifier: Apache-2.0
#include "answers.hpp"

#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace localkube {

namespace json = boost::json;
namespace http = boost::beast::http;

response answer_json(int code, json::value const& value)
{
    response out{static_cast<http::status>(code), 11};
    out.set(http::field::content_type, "application/json");
    out.set(http::field::cache_control, "no-cache, private");
    out.body() = json::serialize(value) + "\n";
    return out;
}

response answer(refusal const& why)
{
    auto out = answer_json(why.code, to_json(why));
    if (auto const* seconds = why.details.if_contains("retryAfterSeconds"))
        out.set(http::field::retry_after, json::serialize(*seconds));
    return out;
}

response answer(outcome<snapshot> const& result, int code)
{
    return result ? answer_json(code, **result) : answer(result.error());
}

std::string parameter(request const& r, std::string_view name)
{
    return std::string(r.query(name).value_or(""));
}

bool is_set(request const& r, std::string_view name)
{
    auto const value = r.query(name);
    return value && (*value == "true" || *value == "1");
}

outcome<json::object> body_of(request const& r)
{
    boost::system::error_code ec;
    auto parsed = json::parse(r.body, ec);
    if (ec) return bad_request("the object provided is unrecognized: the body is no JSON: " + ec.message());
    if (!parsed.is_object())
        return bad_request("the object provided is unrecognized: the body is no JSON object");
    return std::move(parsed.get_object());
}

outcome<write_options> write_options_of(request const& r, target const& t)
{
    write_options out;
    out.manager = parameter(r, "fieldManager");
    if (out.manager.empty()) {
        auto const agent = r.header("User-Agent");
        out.manager = agent.substr(0, agent.find('/'));
    }
    if (out.manager.empty()) out.manager = "unknown";
    if (out.manager.size() > 128 ||
        !std::all_of(out.manager.begin(), out.manager.end(), [](char c) { return c >= ' ' && c <= '~'; }))
        return bad_request("fieldManager must be at most 128 printable characters");
    auto const validation = parameter(r, "fieldValidation");
    if (!validation.empty() && validation != "Strict" && validation != "Warn" && validation != "Ignore")
        return bad_request("fieldValidation must be Strict, Warn or Ignore, not \"" + validation + "\"");
    if (!parameter(r, "dryRun").empty()) return bad_request("dryRun is not part of this API server");
    out.strict = validation == "Strict";
    out.force = is_set(r, "force");
    out.which = t.subresource == "status" ? half::status : half::main;
    return out;
}

}  // namespace localkube
