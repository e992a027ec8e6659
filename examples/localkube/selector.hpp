// SPDX-License-Identifier: Apache-2.0
// selector: which objects a list or a watch is about.
#pragma once

#include <boost/json/object.hpp>

#include "refusal.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace localkube {

/// Labels (`a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`) and the fields metadata.name and
/// metadata.namespace (`=`, `!=`).
class selector {
public:
    /// Errors: 400 that quotes what it cannot read.
    [[nodiscard]] static outcome<selector> parse(std::string_view labels, std::string_view fields);

    [[nodiscard]] bool matches(boost::json::object const& object) const;
    [[nodiscard]] bool matches_all() const { return labels_.empty() && fields_.empty(); }

private:
    struct requirement {
        std::string key;
        bool wanted = true;                 // `in` and `exists`; false: `notin` and `!`
        bool any = false;                   // whatever the value
        std::vector<std::string> values{};  // one of these
    };

    static outcome<requirement> parse_one(std::string_view text);

    std::vector<requirement> labels_;
    std::vector<requirement> fields_;
};

}  // namespace localkube
