// SPDX-License-Identifier: Apache-2.0
// take_trace: the trace of a request, by its field traceparent.
#pragma once

#include <iafmetrics/beast/detail/method.hpp>
#include <iafmetrics/http/observation.hpp>

#include <boost/beast/http/message.hpp>

#include <iterator>
#include <string_view>

namespace iafmetrics::inline v0::beast::detail {

/// A request that has the field more than once has no parent (W3C Trace Context 3.2), which is not valid.
template <class Fields>
void take_trace(http::observation& begun, boost::beast::http::header<true, Fields> const& request) noexcept
{
    if (!begun.wants_trace()) [[likely]]
        return;
    auto const fields = request.equal_range("traceparent");
    if (fields.first == fields.second) return begun.trace({});
    bool const is_one = std::next(fields.first) == fields.second;
    begun.trace(is_one ? to_text(fields.first->value()) : "more than one");
}

}  // namespace iafmetrics::inline v0::beast::detail
