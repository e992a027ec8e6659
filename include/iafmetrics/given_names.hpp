// SPDX-License-Identifier: Apache-2.0
// given_names: what a declaration calls itself where a page shows that to who asks for it alone.
#pragma once

#include <string>
#include <vector>

namespace iafmetrics::inline v0 {

/// Of a metric declared with utf8_names: its name and labels by default, with underscores, and as they were given.
struct given_names {
    struct label {
        std::string shown;  // http_route
        std::string given;  // http.route
        bool operator==(label const&) const = default;
    };

    std::string name;           // http.server.request.duration
    std::vector<label> labels;  // those that differ

    bool operator==(given_names const&) const = default;
};

}  // namespace iafmetrics::inline v0
