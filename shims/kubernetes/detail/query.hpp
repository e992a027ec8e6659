// SPDX-License-Identifier: Apache-2.0
// query: the part of a request's target after the question mark.
#pragma once

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <string>
#include <string_view>

namespace iafmetrics::kubernetes::detail {

/// A target under construction.
///
///     query{path(pods, ns)}("limit", "500")("continue", token).target()   // an empty value is left out
class query {
public:
    explicit query(std::string path) : target_(std::move(path)) {}

    query& operator()(std::string_view name, std::string_view value)
    {
        if (value.empty()) return *this;
        target_ += first_ ? '?' : '&';
        first_ = false;
        target_.append(name).append("=") += boost::urls::encode(value, boost::urls::unreserved_chars);
        return *this;
    }

    [[nodiscard]] std::string const& target() const { return target_; }

private:
    std::string target_;
    bool first_ = true;
};

}  // namespace iafmetrics::kubernetes::detail
