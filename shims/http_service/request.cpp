// SPDX-License-Identifier: Apache-2.0
// Look-ups in a request.
#include <http_service/request.hpp>

namespace iafmetrics::http_service {

std::string_view request::parameter(std::string_view name) const noexcept
{
    for (auto const& [key, value] : parameters)
        if (key == name) return value;
    return {};
}

std::optional<std::string_view> request::query(std::string_view name) const noexcept
{
    for (auto const& [key, value] : queries)
        if (key == name) return value;
    return std::nullopt;
}

std::string_view request::header(std::string_view name) const
{
    auto const found = headers.find(name);
    return found == headers.end() ? std::string_view{} : std::string_view{found->value()};
}

}  // namespace iafmetrics::http_service
