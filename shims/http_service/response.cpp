// SPDX-License-Identifier: Apache-2.0
// JSON responses, and the end of an answer that others wait for.
#include <http_service/response.hpp>

#include <boost/json.hpp>

#include <utility>

namespace iafmetrics::http_service {

namespace json = boost::json;

void sending::cut()
{
    std::lock_guard const lock{mutex_};
    if (!std::exchange(was_cut_, true) && close_) close_();
}

void sending::begin(std::function<void()> close)
{
    std::lock_guard const lock{mutex_};
    close_ = std::move(close);
    if (was_cut_) close_();
}

bool sending::end() noexcept
{
    std::lock_guard const lock{mutex_};
    close_ = nullptr;
    return was_cut_;
}

response json_response(http::status status, json::value const& value)
{
    response made{status, 11};
    made.set(http::field::content_type, "application/json");
    made.body() = json::serialize(value);
    return made;
}

response error_response(http::status status, std::string_view reason, std::string_view field)
{
    json::object error{{"status", static_cast<unsigned>(status)}};
    if (!field.empty()) error["field"] = field;
    error["reason"] = reason;
    return json_response(status, json::object{{"error", std::move(error)}});
}

}  // namespace iafmetrics::http_service
