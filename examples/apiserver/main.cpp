// SPDX-License-Identifier: Apache-2.0
// apiserver: IAF's REST API.
#include <iafmetrics/collectors/process.hpp>

#include <apiserver/rest_api.hpp>
#include <apiserver/session_count.hpp>
#include <program/options.hpp>
#include <program/run.hpp>

int main(int argc, char** argv)
{
    platform::service_options where{.port = 8080, .metrics_port = 9091, .title = "apiserver"};
    std::string store = "source-store";
    program::options options{"apiserver", "Serves IAF's REST API."};
    where.add_to(options);
    options.add("source-store", "IAF_SOURCE_STORE", store, "directory of the uploaded archives");

    return program::run(options, argc, argv, [&](program::log& log, program::lifecycle& life) {
        iafmetrics::registry registry;
        registry.add(iafmetrics::collectors::process{});
        apiserver::metrics metrics{registry};
        platform::source_store sources{store};
        platform::service service{where, registry, metrics.requests, log, life};
        apiserver::rest_api const api{service, sources, metrics};
        apiserver::session_count const active{service, metrics.sessions_active};
        service.run();
    });
}
