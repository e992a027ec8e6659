// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/backoff.hpp>
#include <kubernetes/informer.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>

#include <set>
#include <utility>

namespace iafmetrics::kubernetes {

namespace json = boost::json;
namespace net = boost::asio;

namespace {

/// What another try of the same watch may mend; any other refusal is about the version or the request itself.
bool passing(status const& s) { return s.unreachable() || s.code == 429 || (s.code >= 500 && s.code != 504); }

/// A watch that ends so soon without an event is treated as a failure: else it is opened in a tight circle.
constexpr auto very_short_watch = std::chrono::seconds(1);

}  // namespace

informer::informer(client& api, resource what, informer_options options)
    : api_(api), what_(what), options_(std::move(options))
{}

void informer::on_change(std::function<void(change const&)> callback)
{
    on_change_.push_back(std::move(callback));
}

void informer::on_failure(std::function<void(status const&)> callback)
{
    on_failure_.push_back(std::move(callback));
}

void informer::on_synced(std::function<void()> callback) { on_synced_.push_back(std::move(callback)); }

net::awaitable<void> informer::run()
{
    auto const executor = co_await net::this_coro::executor;
    auto [thrown] = co_await net::co_spawn(
        executor, loop(), net::bind_cancellation_slot(stop_.slot(), net::as_tuple(net::use_awaitable)));
    if (thrown && !stopping_) std::rethrow_exception(thrown);
}

void informer::stop()
{
    stopping_ = true;
    stop_.emit(net::cancellation_type::terminal);
}

net::awaitable<void> informer::loop()
{
    backoff waits(options_.backoff_base, options_.backoff_limit);
    bool listed = false;
    int expiries = 0;  // of watches in a row
    while (!stopping_) {
        status ended{.code = 200};
        if (!listed) {
            ended = co_await list();
            listed = ended.ok();
        }
        if (listed && !stopping_) {
            auto const since = std::chrono::steady_clock::now();
            auto const before = resource_version_;
            std::function<void(watch_event)> take = [this](watch_event event) {
                this->take(std::move(event));
            };
            ended = co_await api_.watch(what_, options_.ns, before, std::move(take), options_.label_selector);
            bool const lively = resource_version_ != before;
            if (lively || ended.ok()) expiries = 0;
            if (ended.expired()) {
                listed = false;
                if (++expiries == 1) {  // at once; a server that says nothing but 410 is waited for
                    set_failure(std::move(ended));
                    continue;
                }
            } else if (ended.ok()) {
                if (lively || std::chrono::steady_clock::now() - since > very_short_watch) {
                    waits.reset();
                    continue;
                }
                ended = {.reason = "VeryShortWatch", .message = "the watch ended at once, without an event"};
            } else if (!passing(ended)) {
                listed = false;  // such as 504 ResourceVersionTooLarge of a server that lost its data
            }
        }
        if (stopping_) break;
        set_failure(std::move(ended));
        net::steady_timer pause(api_.get_executor(), waits.next());
        auto [ec] = co_await pause.async_wait(net::as_tuple(net::use_awaitable));
        if (ec) break;
    }
}

net::awaitable<status> informer::list()
{
    auto found = co_await api_.list(what_, options_.ns, options_.label_selector);
    if (!found) co_return std::move(found).error();
    resource_version_ = text_at(*found, {"metadata", "resourceVersion"});
    if (auto const* items = found->if_contains("items"); items && items->is_array())
        replace(items->get_array());
    set_failure({.code = 200});
    if (!synced_.exchange(true))
        for (auto const& callback : on_synced_)
            callback();
    co_return status{.code = 200};
}

void informer::replace(json::array const& items)
{
    std::set<object_key> gone;
    {
        std::lock_guard const lock(mutex_);
        for (auto const& [key, object] : objects_)
            gone.insert(key);
    }
    for (auto const& item : items) {
        auto const* object = item.if_object();
        if (!object) continue;
        auto const key = key_of(*object);
        gone.erase(key);
        store(key, std::make_shared<json::object const>(*object));
    }
    for (auto const& key : gone)
        store(key, nullptr);
}

void informer::take(watch_event event)
{
    resource_version_ = text_at(event.object, {"metadata", "resourceVersion"});
    if (event.type == event_type::bookmark) return;
    auto const key = key_of(event.object);
    bool const gone = event.type == event_type::deleted;
    store(key, gone ? nullptr : std::make_shared<json::object const>(std::move(event.object)));
}

void informer::store(object_key const& key, cached_object after)
{
    change made{key, nullptr, after};
    {
        std::lock_guard const lock(mutex_);
        auto const at = objects_.find(key);
        if (at != objects_.end()) made.before = at->second;
        if (after)
            objects_[key] = std::move(after);
        else if (at != objects_.end())
            objects_.erase(at);
    }
    auto const version = [](cached_object const& o) { return text_at(*o, {"metadata", "resourceVersion"}); };
    if (!made.before && !made.after) return;
    if (made.before && made.after && version(made.before) == version(made.after)) return;
    for (auto const& callback : on_change_)
        callback(made);
}

void informer::set_failure(status s)
{
    {
        std::lock_guard const lock(mutex_);
        failure_ = s;
    }
    if (s.ok()) return;
    for (auto const& callback : on_failure_)
        callback(s);
}

bool informer::synced() const { return synced_; }

std::size_t informer::size() const
{
    std::lock_guard const lock(mutex_);
    return objects_.size();
}

cached_object informer::find(object_key const& key) const
{
    std::lock_guard const lock(mutex_);
    auto const at = objects_.find(key);
    return at == objects_.end() ? nullptr : at->second;
}

std::vector<cached_object> informer::all(std::string_view ns) const
{
    std::vector<cached_object> out;
    std::lock_guard const lock(mutex_);
    for (auto const& [key, object] : objects_)
        if (ns.empty() || key.ns == ns) out.push_back(object);
    return out;
}

status informer::failure() const
{
    std::lock_guard const lock(mutex_);
    return failure_;
}

}  // namespace iafmetrics::kubernetes
