// SPDX-License-Identifier: Apache-2.0
// client: the verbs of a Kubernetes API as coroutines.
#pragma once

#include <kubernetes/client_options.hpp>
#include <kubernetes/resource.hpp>
#include <kubernetes/status.hpp>
#include <kubernetes/watch_event.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace iafmetrics::kubernetes {

/// Talks to one Kubernetes API server over kept-alive HTTP/1.1 connections.
///
///     kubernetes::client api{io.get_executor(), client_options::from_url("http://127.0.0.1:8001")};
///     json::object body{{"metadata", {{"name", "iaf-0123456789ab"}}}};   // on its own line: g++ 12 keeps no
///     auto made = co_await api.create(namespaces, {}, std::move(body));  // initializer list across co_await
///     if (!made && !made.error().already_exists()) log(to_string(made.error()));
///
/// What the server answers, also that it does not answer, is a value; wrong options throw at construction.
/// Bodies may leave out `apiVersion`, `kind` and, where the call names them, `metadata.name` and
/// `.namespace`. An answer of 429 or 5xx with Retry-After is asked again as long as the timeout allows. A
/// read that a kept-alive connection lost is sent once more on a new one.
///
/// Threads:  made for one executor: call and await on it (an io_context run by one thread, or a strand).
/// Cost:     a connection for each operation under way; idle ones are kept.
/// Lifetime: outlives every operation; arguments are read before a call returns its awaitable.
class client {
public:
    using object = boost::json::object;
    template <class T>
    using awaitable = boost::asio::awaitable<T>;

    client(boost::asio::any_io_executor executor, client_options options);
    client(client const&) = delete;
    client& operator=(client const&) = delete;
    ~client();

    [[nodiscard]] boost::asio::any_io_executor get_executor() const;
    [[nodiscard]] client_options const& options() const;

    awaitable<result<object>> get(resource const& what, std::string_view ns, std::string_view name);

    /// All pages as one list: `items`, and the `metadata.resourceVersion` that a watch continues from.
    /// No namespace: of all namespaces. An expired page token ends in one unpaged list.
    awaitable<result<object>>
    list(resource const& what, std::string_view ns = {}, std::string_view label_selector = {});

    awaitable<result<object>> create(resource const& what, std::string_view ns, object body);

    /// Replaces the object; with `metadata.resourceVersion` in it, status.conflict() where it is not the
    /// newest.
    awaitable<result<object>> update(resource const& what,
                                     std::string_view ns,
                                     std::string_view name,
                                     object body,
                                     std::string_view subresource = {});

    /// Server-side apply: creates or changes the object so that it says what `body` says, and removes what
    /// this manager applied before and applies no longer. Without force, another manager's field is a
    /// conflict.
    awaitable<result<object>> apply(resource const& what,
                                    std::string_view ns,
                                    std::string_view name,
                                    object body,
                                    std::string_view field_manager,
                                    std::string_view subresource = {},
                                    bool force = true);

    /// RFC 7396: null removes, objects merge, all else replaces.
    awaitable<result<object>> merge_patch(resource const& what,
                                          std::string_view ns,
                                          std::string_view name,
                                          object patch,
                                          std::string_view subresource = {});

    /// Deletes the object, only if it has this uid where one is given (status.conflict() otherwise).
    awaitable<result<object>>
    remove(resource const& what, std::string_view ns, std::string_view name, std::string_view uid = {});

    /// Calls `on_event` for each event after `resource_version`, bookmarks included, until the stream ends.
    /// Returns code 200 for an ordinary end (watch again from the last resourceVersion), 410 for an expired
    /// version, whether as answer or as an event in the stream (list again), 0 for a broken stream.
    /// `on_event` runs on the executor and must not throw.
    awaitable<status> watch(resource const& what,
                            std::string_view ns,
                            std::string_view resource_version,
                            std::function<void(watch_event)> on_event,
                            std::string_view label_selector = {});

    /// GET of any path of the server, such as "/readyz" or "/version": the body.
    awaitable<result<std::string>> raw(std::string_view target);

private:
    struct implementation;
    std::unique_ptr<implementation> self_;
};

}  // namespace iafmetrics::kubernetes
