// SPDX-License-Identifier: Apache-2.0
// application: an Application object (iaf.io/v1alpha1) as the controller reads it.
#pragma once

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace controller {

struct environment_variable {
    std::string name;
    std::string value;
};

/// `spec.metrics`, with the defaults filled in.
struct metrics_settings {
    bool enabled = false;
    int port = 0;  ///< what is scraped: `spec.metrics.port`, or `spec.port` where that is absent
    std::string path = "/metrics";
};

/// One entry of `status.conditions`.
struct condition {
    std::string type;
    std::string status;  ///< "True", "False" or "Unknown"
    std::string reason;
    std::string message{};
    std::int64_t observed_generation = 0;
    std::string last_transition_time{};  ///< RFC 3339

    friend bool operator==(condition const&, condition const&) = default;
};

/// `status`, as it is and as it should be.
struct application_status {
    std::string phase{};
    std::int64_t observed_generation = 0;
    std::int64_t available_replicas = 0;
    std::string image{};
    std::vector<condition> conditions{};

    friend bool operator==(application_status const&, application_status const&) = default;
};

/// An Application object, read once, so that what follows deals in values and not in JSON.
///
///     application const app = read_application(object);
///     if (!app.defect.empty()) …            // the spec cannot be acted on; metadata and status are read all
///     the same
///
/// The API server's schema keeps defects out. They are looked for here nevertheless, since a server without
/// the schema (or an object older than it) must not bring the controller down.
struct application {
    std::string name;
    std::string ns;
    std::string uid;
    std::string resource_version;
    std::int64_t generation = 0;
    bool deleting = false;

    std::string image{};  ///< empty: none given
    int port = 8080;
    int replicas = 1;
    std::vector<environment_variable> env{};
    std::string source_digest{};  ///< "sha256:…"; empty: no source
    metrics_settings metrics{};
    std::string defect{};  ///< the first thing wrong with the spec, with its field; empty: none

    application_status status{};
};

/// Never throws: an object of any shape makes an application, at worst one with a defect.
[[nodiscard]] application read_application(boost::json::object const& object);

}  // namespace controller
