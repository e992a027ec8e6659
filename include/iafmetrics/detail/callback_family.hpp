// SPDX-License-Identifier: Apache-2.0
// callback_family: the callbacks of one metric name, read one after the other when a page is made.
#pragma once

#include <iafmetrics/collector.hpp>
#include <iafmetrics/detail/held_function.hpp>
#include <iafmetrics/detail/intrusive_ptr.hpp>
#include <iafmetrics/detail/page_source.hpp>
#include <iafmetrics/detail/shown_family.hpp>
#include <iafmetrics/number.hpp>
#include <iafmetrics/registration_error.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <source_location>
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

class held_callback : public held_function {
public:
    held_callback(std::source_location at, std::optional<std::vector<std::string>> of)
        : where(at), values(std::move(of))
    {}
    virtual void read(callback_samples& into) = 0;

    std::source_location const where;
    std::optional<std::vector<std::string>> const values;  // of the one series that it gives
};

/// Its function returns the value of that series, or writes any number of them.
template <class Read>
class typed_callback final : public held_callback {
public:
    typed_callback(std::source_location at, std::optional<std::vector<std::string>> of, Read held)
        : held_callback(at, std::move(of)), read_(std::move(held))
    {}
    void read(callback_samples& into) override
    {
        this->call_unless_retired([&] {
            if constexpr (std::invocable<Read const&>)
                into.push_back({*values, std::as_const(*read_)()});
            else
                std::as_const (*read_)(into);
        });
    }

private:
    void destroy() noexcept override { read_.reset(); }
    std::optional<Read> read_;
};

class callback_family final : public shown_family, public page_source {
public:
    using shown_family::shown_family;

    [[nodiscard]] page_source* source() noexcept override { return this; }
    std::uint64_t visit(family_head&, visitor&) override { return refused_.load(std::memory_order_relaxed); }

    /// Throws registration_error where another callback has the one series of these values.
    template <class Read>
    held_registration<held_callback>
    add(std::source_location where, std::optional<std::vector<std::string>> values, Read read)
    {
        intrusive_ptr<held_callback> made(
            new typed_callback<Read>(where, std::move(values), std::move(read)));
        std::string taken_at;
        bool const is_added = callbacks_->add(made, [&](held_callback const& other) {
            bool const is_taken = made->values && other.values == made->values;
            if (is_taken) taken_at = text_of(other.where);
            return is_taken;
        });
        if (!is_added)
            throw registration_error(name(), "has a callback of these labels already, at " + taken_at +
                                                 "; this is " + text_of(where));
        return {std::move(made), callbacks_};
    }

    /// Reads all callbacks, then shows the family: where one throws, nothing of it is shown.
    void collect(collector_output& out) override
    {
        callback_samples samples;
        for (auto const& one : callbacks_->all())
            one->read(samples);
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
            out.value({labels.data(), labels.size()}, sample.now);
        }
    }

private:
    static bool is_countable(double value) noexcept
    {
        return value >= 0 && value <= std::numeric_limits<double>::max();  // false for NaN
    }

    intrusive_ptr<held_list<held_callback>> callbacks_{new held_list<held_callback>};
    std::atomic<std::uint64_t> refused_{0};
};

}  // namespace iafmetrics::inline v0::detail
