// SPDX-License-Identifier: Apache-2.0
// text_answer: an answer of a line of text.
#pragma once

#include <iafmetrics/beast/metrics_endpoint.hpp>

#include <boost/beast/http.hpp>

#include <string>
#include <utility>

namespace iafmetrics::inline v0::beast::detail {

inline metrics_endpoint::response text_answer(boost::beast::http::status status, std::string body)
{
    metrics_endpoint::response made(status, 11);
    made.set(boost::beast::http::field::content_type, "text/plain; charset=utf-8");
    made.content_length(body.size());
    made.body() = std::move(body);
    return made;
}

}  // namespace iafmetrics::inline v0::beast::detail
