// SPDX-License-Identifier: Apache-2.0
// push_options: whose metrics are pushed, and how.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::beast {

/// For push_gateway:
///
///     push_options{.job = "nightly", .grouping = {{"instance", "a/b"}}, .user = "batch", .password = secret}
struct push_options {
    std::string job;  ///< the label job of all that is pushed; any UTF-8, not empty
    std::vector<std::pair<std::string, std::string>> grouping =
        {};  ///< the group's other labels; values are any UTF-8

    std::string user = {};  ///< of basic authentication, where not empty
    std::string password = {};
    std::string bearer_token = {};                                  ///< instead of user and password
    std::vector<std::pair<std::string, std::string>> headers = {};  ///< other fields, as a proxy may ask for

    /// For the whole of a push, from the look-up of the name to the end of the answer.
    std::chrono::milliseconds timeout{10'000};
};

}  // namespace iafmetrics::inline v0::beast
