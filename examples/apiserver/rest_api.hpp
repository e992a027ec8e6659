// SPDX-License-Identifier: Apache-2.0
// The REST API: /api/v1/sessions and the applications in them.
#pragma once

#include <platform/applications.hpp>
#include <platform/service.hpp>
#include <platform/sessions.hpp>
#include <platform/source_store.hpp>

#include <boost/asio/thread_pool.hpp>

#include <apiserver/metrics.hpp>

namespace apiserver {

namespace http_service = iafmetrics::http_service;
namespace net = boost::asio;

/// Adds its routes to a service. Lifetime: longer than the service's run().
class rest_api {
public:
    rest_api(platform::service& service, platform::source_store& sources, metrics& seen);
    ~rest_api();

private:
    using answer = net::awaitable<http_service::answer>;
    using request = http_service::request;

    answer create_session(request const& r);
    answer list_sessions(request const& r);
    answer show_session(request const& r);
    answer delete_session(request const& r);

    answer create_application(request const& r);
    answer list_applications(request const& r);
    answer show_application(request const& r);
    answer update_application(request const& r);
    answer delete_application(request const& r);
    answer put_source(request const& r);

    platform::source_store& sources_;
    metrics& metrics_;
    platform::sessions sessions_;
    platform::applications applications_;
    net::thread_pool disk_{1};  ///< archives are hashed and synced here, not on the event loop
};

}  // namespace apiserver
