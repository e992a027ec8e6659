// SPDX-License-Identifier: Apache-2.0
// The request target, checked and decoded.
#pragma once

#include <http_service/request.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace iafmetrics::http_service::detail {

struct decoded_target {
    std::string_view path;              // of the target, still encoded
    std::vector<std::string> segments;  // decoded; "/" has none, "/a/" has "a" and ""
    request::pairs queries;
};

// Decodes "/a%20b?c=d". Returns why the target is refused, or nothing: not a path (absolute-form, "*"), a bad
// escape, a control character, text that is no UTF-8, and the segments "." and ".." however they are spelled. In a query the
// brackets and quotes of `?name[]=up` may stand as they are.
std::string_view decode_target(std::string_view target, decoded_target& out);

}  // namespace iafmetrics::http_service::detail
