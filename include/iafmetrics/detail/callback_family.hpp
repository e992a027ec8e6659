// SPDX-License-Identifier: Apache-2.0
// callback_family: the callbacks of one metric name, read one after the other when a page is made.
#pragma once

#include <iafmetrics/collector.hpp>
#include <iafmetrics/detail/shown_family.hpp>
#include <iafmetrics/number.hpp>
#include <iafmetrics/registration_error.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::detail {

/// A series as a callback gives it: the values of its labels in the order of declaration.
struct callback_sample {
    std::vector<std::string> values;
    number now;
};
using callback_samples = std::vector<callback_sample>;

struct callback_base {
    callback_base() = default;
    callback_base(callback_base const&) = delete;
    callback_base& operator=(callback_base const&) = delete;
    virtual ~callback_base() = default;
    virtual void read(callback_samples& into) = 0;

    std::optional<std::vector<std::string>> values{};  // of the one series that it gives
};

template <class Read>
class held_callback final : public callback_base {
public:
    explicit held_callback(Read held) : read_(std::move(held)) {}
    void read(callback_samples& into) override { read_(into); }

private:
    Read read_;
};

/// Of one series: the function returns its value.
template <class Read>
class held_series_callback final : public callback_base {
public:
    held_series_callback(std::vector<std::string> of, Read held) : read_(std::move(held))
    {
        values = std::move(of);
    }
    void read(callback_samples& into) override { into.push_back({*values, read_()}); }

private:
    Read read_;
};

/// Callbacks are added, removed and called under one lock: when remove() returns, the callback does not run.
class callback_family final : public shown_family {
public:
    using shown_family::shown_family;

    [[nodiscard]] bool is_collected() const noexcept override { return true; }
    std::uint64_t visit(family_head&, visitor&) override { return refused_.load(std::memory_order_relaxed); }

    /// Of any series, which the function gives.
    template <class Read>
    callback_base* add(Read read)
    {
        auto made = std::make_unique<held_callback<Read>>(std::move(read));
        std::lock_guard const lock(calling_);
        return callbacks_.emplace_back(std::move(made)).get();
    }
    /// Of the one series with these values. Throws registration_error where another callback has it.
    template <class Read>
    callback_base* add(std::vector<std::string> values, Read read)
    {
        auto made = std::make_unique<held_series_callback<Read>>(std::move(values), std::move(read));
        std::lock_guard const lock(calling_);
        for (auto const& other : callbacks_)
            if (other->values == made->values)
                throw registration_error(name(), "has a callback of these labels already");
        return callbacks_.emplace_back(std::move(made)).get();
    }

    void remove(callback_base const* removed) noexcept
    {
        std::unique_ptr<callback_base> gone;  // destroyed without the lock
        std::lock_guard const lock(calling_);
        for (std::size_t i = 0; i != callbacks_.size(); ++i) {
            if (callbacks_[i].get() != removed) continue;
            gone = std::move(callbacks_[i]);
            callbacks_.erase(callbacks_.begin() + static_cast<std::ptrdiff_t>(i));
            return;
        }
    }

    /// Reads all callbacks, then shows the family: where one throws, nothing of it is shown.
    void collect(collector_output& out) override
    {
        callback_samples samples;
        {
            std::lock_guard const lock(calling_);
            for (auto const& one : callbacks_)
                one->read(samples);
        }
        out.begin_declared(options());
        set_filled(std::max(filled(), samples.size()));
        for (; !options().label_names.empty() && samples.size() > options().limit; samples.pop_back())
            count_dropped();
        std::vector<collector_output::label> labels;
        for (callback_sample const& sample : samples) {
            if (options().type == metric_type::counter && !is_countable(sample.now.as_double())) {
                refused_.fetch_add(1, std::memory_order_relaxed);
                continue;
            }
            labels.clear();
            for (std::size_t i = 0; i != sample.values.size(); ++i)
                labels.emplace_back(options().label_names[i], sample.values[i]);
            out.value(labels, sample.now);
        }
    }

private:
    static bool is_countable(double value) noexcept
    {
        return value >= 0 && value <= std::numeric_limits<double>::max();  // false for NaN
    }

    std::mutex calling_;
    std::vector<std::unique_ptr<callback_base>> callbacks_;
    std::atomic<std::uint64_t> refused_{0};
};

}  // namespace iafmetrics::inline v0::detail
