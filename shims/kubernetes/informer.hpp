// SPDX-License-Identifier: Apache-2.0
// informer: a local copy of one kind of objects, kept current by list and watch.
#pragma once

#include <kubernetes/client.hpp>
#include <kubernetes/object_key.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace iafmetrics::kubernetes {

/// An object in a cache. Shared and never changed: copy it to change it.
using cached_object = std::shared_ptr<boost::json::object const>;

/// One change of the cache: `before` is null for a new object, `after` for one that is gone.
struct change {
    object_key key;
    cached_object before;
    cached_object after;
};

struct informer_options {
    std::string ns{};              ///< empty: all namespaces
    std::string label_selector{};  ///< empty: all objects
    std::chrono::milliseconds backoff_base{800};
    std::chrono::milliseconds backoff_limit{30'000};
};

/// Lists, then watches from the list's version, and keeps doing so.
///
///     informer apps{api, applications};
///     apps.on_change([&](change const& c) { queue.add(c.key); });
///     net::co_spawn(io, apps.run(), log_exception);
///     …
///     if (cached_object app = apps.find({ns, name})) …
///     apps.stop();                                         // run() returns
///
/// An ordinary end of the watch continues from the last version seen; 410 lists again, and what is gone by
/// then is reported as deleted; a failure waits (doubling, with jitter) and continues. A kind that is not
/// installed is retried the same way: the cache stays empty and unsynced.
///
/// Threads:  run(), stop() and the callbacks on the client's executor; find(), all(), size(), synced(),
/// failure()
///           from any.
/// Lifetime: outlives run().
class informer {
public:
    informer(client& api, resource what, informer_options options = {});

    /// Calls `callback` for each change, after the cache has it. Before run().
    void on_change(std::function<void(change const&)> callback);

    /// Calls `callback` once for each failed list or watch, with what happened. Before run().
    void on_failure(std::function<void(status const&)> callback);

    /// Calls `callback` when the first list is in the cache. Before run().
    void on_synced(std::function<void()> callback);

    /// Until stop().
    boost::asio::awaitable<void> run();
    void stop();

    /// The first list is in the cache.
    [[nodiscard]] bool synced() const;
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] cached_object find(object_key const& key) const;
    /// All objects, or those of one namespace, in the order of their keys.
    [[nodiscard]] std::vector<cached_object> all(std::string_view ns = {}) const;
    /// How the last list or watch failed; code 200 while all is well.
    [[nodiscard]] status failure() const;

private:
    boost::asio::awaitable<void> loop();
    boost::asio::awaitable<status> list();
    void replace(boost::json::array const& items);
    void take(watch_event event);
    void store(object_key const& key, cached_object after);
    void set_failure(status s);

    client& api_;
    resource const what_;
    informer_options const options_;
    std::vector<std::function<void(change const&)>> on_change_;
    std::vector<std::function<void(status const&)>> on_failure_;
    std::vector<std::function<void()>> on_synced_;
    boost::asio::cancellation_signal stop_;
    bool stopping_ = false;
    std::string resource_version_;
    std::atomic<bool> synced_ = false;

    std::mutex mutable mutex_;  // guards what follows
    std::map<object_key, cached_object> objects_;
    status failure_{.code = 200};
};

}  // namespace iafmetrics::kubernetes
