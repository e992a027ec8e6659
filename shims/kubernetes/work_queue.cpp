// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/work_queue.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace iafmetrics::kubernetes {

namespace net = boost::asio;

work_queue::work_queue(net::any_io_executor executor, work_queue_options options)
    : options_(options), ready_(executor, clock::time_point::max()), delay_(executor)
{}

void work_queue::add(object_key const& key)
{
    if (shut_down_ || !dirty_.insert(key).second) return;
    if (!processing_.contains(key)) push(key);
}

void work_queue::push(object_key const& key)
{
    queue_.push_back(key);
    ready_.cancel_one();
}

void work_queue::add_after(object_key const& key, duration delay)
{
    if (shut_down_) return;
    if (delay <= duration::zero()) return add(key);
    auto const at = clock::now() + delay;
    auto const [entry, made] = later_.emplace(key, at);
    if (!made) entry->second = std::min(entry->second, at);
    arm();
}

void work_queue::add_rate_limited(object_key const& key)
{
    auto delay = options_.backoff_base;
    for (int n = failures_[key]++; n > 0 && delay < options_.backoff_limit; --n)
        delay *= 2;
    add_after(key, std::min(delay, options_.backoff_limit));
}

void work_queue::forget(object_key const& key) { failures_.erase(key); }

int work_queue::failures(object_key const& key) const
{
    auto const at = failures_.find(key);
    return at == failures_.end() ? 0 : at->second;
}

void work_queue::arm()
{
    if (later_.empty()) return;
    auto const first = std::min_element(later_.begin(), later_.end(),
                                        [](auto const& a, auto const& b) { return a.second < b.second; });
    delay_.expires_at(first->second);  // cancels the wait before
    delay_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        auto const now = clock::now();
        std::deque<object_key> due;
        std::erase_if(later_, [&](auto const& entry) {
            if (entry.second > now) return false;
            due.push_back(entry.first);
            return true;
        });
        for (auto const& key : due)
            add(key);
        arm();
    });
}

net::awaitable<std::optional<object_key>> work_queue::get()
{
    while (!shut_down_ && queue_.empty())
        co_await ready_.async_wait(net::as_tuple(net::use_awaitable));  // ends by being cancelled
    if (shut_down_) co_return std::nullopt;
    auto key = std::move(queue_.front());
    queue_.pop_front();
    dirty_.erase(key);
    processing_.insert(key);
    co_return key;
}

void work_queue::done(object_key const& key)
{
    processing_.erase(key);
    if (dirty_.contains(key) && !shut_down_) push(key);
}

void work_queue::shut_down()
{
    shut_down_ = true;
    queue_.clear();
    dirty_.clear();
    later_.clear();
    delay_.cancel();
    ready_.cancel();
}

}  // namespace iafmetrics::kubernetes
