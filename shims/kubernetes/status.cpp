// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/object_key.hpp>
#include <kubernetes/status.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <stdexcept>

namespace iafmetrics::kubernetes {
namespace {

constexpr std::size_t longest_excerpt = 200;  // bytes of a foreign body that a message quotes

constexpr std::int64_t longest_wait = 86'400;  // seconds that are believed

/// What the API means by a bare HTTP status; proxies answer without a Status object.
std::string_view usual_reason(int code)
{
    switch (code) {
    case 400: return "BadRequest";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 405: return "MethodNotAllowed";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "RequestEntityTooLarge";
    case 415: return "UnsupportedMediaType";
    case 422: return "Invalid";
    case 429: return "TooManyRequests";
    case 500: return "InternalError";
    case 503: return "ServiceUnavailable";
    case 504: return "Timeout";
    default: return {};
    }
}

void read_details(boost::json::object const& details, status& out)
{
    if (auto const* seconds = details.if_contains("retryAfterSeconds"); seconds && seconds->is_int64())
        out.retry_after =
            std::chrono::seconds(std::clamp<std::int64_t>(seconds->get_int64(), 0, longest_wait));
    auto const* causes = details.if_contains("causes");
    if (!causes || !causes->is_array()) return;
    for (auto const& each : causes->get_array())
        if (auto const* cause = each.if_object())
            out.causes.push_back(
                {std::string(text_at(*cause, {"field"})), std::string(text_at(*cause, {"message"}))});
}

}  // namespace

std::string to_string(status const& s)
{
    std::string out = s.code == 0 ? std::string() : std::to_string(s.code);
    if (!s.reason.empty()) out.append(out.empty() ? "" : " ").append(s.reason);
    if (!s.message.empty()) out.append(out.empty() ? "" : ": ").append(s.message);
    return out;
}

status read_status(int http_status, std::string_view body)
{
    status out{.code = http_status};
    boost::system::error_code ec;
    auto const parsed = boost::json::parse(body, ec);
    auto const* object = ec ? nullptr : parsed.if_object();
    if (object && text_at(*object, {"kind"}) == "Status") {
        if (auto const* code = object->if_contains("code"); code && code->is_int64() && code->get_int64() > 0)
            out.code = static_cast<int>(std::min<std::int64_t>(code->get_int64(), 999));
        out.reason = text_at(*object, {"reason"});
        out.message = text_at(*object, {"message"});
        if (auto const* details = object->if_contains("details"); details && details->is_object())
            read_details(details->get_object(), out);
    } else {
        out.message = body.substr(0, longest_excerpt);
        while (!out.message.empty() && (out.message.back() == '\n' || out.message.back() == '\r'))
            out.message.pop_back();
    }
    if (out.reason.empty()) out.reason = usual_reason(out.code);
    return out;
}

void throw_exception_from_error(status const& s, boost::source_location const& /*where*/)
{
    throw std::runtime_error(to_string(s));
}

}  // namespace iafmetrics::kubernetes
