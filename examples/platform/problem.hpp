// SPDX-License-Identifier: Apache-2.0
// Why a verb was refused, in terms that REST and MCP both show.
#pragma once

#include <kubernetes/status.hpp>

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace platform {

/// `status` is the HTTP code of the refusal; `field` names the wrong member of the input, or is empty.
struct problem {
    int status;
    std::string reason;
    std::string field = {};
};

template <class T>
using result = boost::system::result<T, problem>;

/// What result::value() throws where there is none.
[[noreturn]] void throw_exception_from_error(problem const& p, boost::source_location const& where);

/// A refusal by Kubernetes, for an operation on `what` ("session 0123456789ab"). Says nothing of addresses
/// and credentials behind the API.
problem from_kubernetes(iafmetrics::kubernetes::status const& status, std::string_view what);

}  // namespace platform
