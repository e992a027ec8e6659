// SPDX-License-Identifier: Apache-2.0
// push_result: what became of a push.
#pragma once

#include <boost/system/error_code.hpp>

#include <string>

namespace iafmetrics::inline v0::beast {

/// True where the gateway has taken it.
///
///     if (auto const pushed = gateway.push(registry); !pushed) std::fprintf(stderr, "%s\n", pushed.message.c_str());
///
///     PUT http://127.0.0.1:9091/metrics/job/nightly: connecting: Connection refused
///     PUT http://127.0.0.1:9091/metrics/job/nightly: 400 Bad Request: pushed metrics are invalid or inconsistent …
///
/// | error | status | what to do |
/// |---|---|---|
/// | boost::beast::error::timeout | 0 | the deadline has passed: the gateway may have taken it; push again |
/// | any other | 0 | no answer: is the gateway up, the name right, the certificate good? |
/// | none | 400 | the message says which metric clashes with what is there |
/// | none | 401, 403 | the credentials are wrong |
/// | none | any other | something between here and the gateway answers |
struct [[nodiscard]] push_result {
    boost::system::error_code error = {};  ///< of the way to an answer
    unsigned status = 0;                   ///< of the answer
    std::string message =
        {};  ///< one line without control characters, at most 1 KiB and the URL; empty on success

    explicit operator bool() const noexcept { return !error && status / 100 == 2; }
};

}  // namespace iafmetrics::inline v0::beast
