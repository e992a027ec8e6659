// SPDX-License-Identifier: Apache-2.0
// shown_family: a metric family as a page sees it, whatever its instruments and however its series come and go.
#pragma once

#include <iafmetrics/detail/intrusive_ptr.hpp>
#include <iafmetrics/detail/native_options.hpp>
#include <iafmetrics/detail/series_node.hpp>
#include <iafmetrics/detail/summary_options.hpp>
#include <iafmetrics/detail/utf8.hpp>
#include <iafmetrics/given_names.hpp>
#include <iafmetrics/visitor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::detail {

class page_source;

/// Nanoseconds since some moment.
struct clock_source {
    std::int64_t (*now)() = nullptr;
};

/// A declaration as the registry keeps it: copies, so that it does not matter where the declaration lives.
struct family_options {
    std::string name;
    std::string help;
    metric_type type{};
    std::vector<std::string> label_names;
    std::vector<double> bounds;
    native_options native;    // of a native histogram
    summary_options summary;  // of a summary
    std::size_t limit = 0;
    std::vector<std::string> states;
    std::string state_label;
    std::int64_t expire_after = 0;            // nanoseconds, of claimable series; 0: never
    clock_source clock;                       // no part of the declaration
    std::vector<std::string> constant_names;  // of the labels that a sub-registry adds, in order
    std::string constants;                    // those labels as a page shows them
    given_names given;                        // empty where a page always shows those above

    [[nodiscard]] given_names const* names() const noexcept { return given.name.empty() ? nullptr : &given; }

    /// Why both, which have one name, may not be shown as one family; empty where only the values of constant labels
    /// differ.
    [[nodiscard]] std::string_view difference(family_options const& other) const
    {
        if (given != other.given) return "other names, which a page may show as the same";
        if (type != other.type) return "another type";
        if (help != other.help) return "another help text";
        if (label_names != other.label_names) return "other labels";
        if (constant_names != other.constant_names)
            return "other constant labels: give every sub-registry that has this metric the same label names";
        if (bounds != other.bounds) return "other buckets";
        if (native != other.native) return "other native buckets";
        if (summary != other.summary) return "other quantiles or another window";
        if (states != other.states || state_label != other.state_label) return "other states";
        if (limit != other.limit) return "another series limit";
        if (expire_after != other.expire_after) return "another expiry";
        return "";
    }
};

/// Shows the head of a family before its first series, once, also where several families are shown as one.
class family_head {
public:
    family_head(visitor& out, family_options const& options) : out_(out), options_(options) {}

    void show_once()
    {
        if (!std::exchange(is_shown_, true))
            out_.begin_family({options_.name, options_.help, options_.type, options_.names()});
    }

private:
    visitor& out_;
    family_options const& options_;
    bool is_shown_ = false;
};

class shown_family : public reference_counted {
public:
    explicit shown_family(family_options options)
        : options_(std::move(options)),
          own_labels_at_(
              options_.constants.empty() || options_.label_names.empty() ? 0 : options_.constants.size() + 1)
    {
        if (!is_valid_utf8(options_.help)) options_.help = repaired_utf8(options_.help);
    }

    [[nodiscard]] family_options const& options() const noexcept { return options_; }
    [[nodiscard]] std::string_view name() const noexcept { return options_.name; }

    /// Shows all series, after the head. Returns how many amounts they have refused.
    virtual std::uint64_t visit(family_head& head, visitor& out) = 0;

    /// Of a family of callbacks, which are asked as collectors are: visit() then only tells what was refused.
    [[nodiscard]] virtual page_source* source() noexcept { return nullptr; }

    /// Lookups that found the family full and were given its overflow series.
    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

    /// True from half of the limit on, and where memory was out: from here dropped() is shown, so that it is seen at 0 before it moves.
    [[nodiscard]] bool is_filling_up() const noexcept
    {
        return !options_.label_names.empty() &&
               (filled_.load(std::memory_order_relaxed) * 2 >= options_.limit || dropped() != 0);
    }

protected:
    static constexpr std::string_view overflow_label = "_other";

    /// Whoever asks for the labels of the overflow series gets it: the same labels twice would make the page
    /// invalid. Without labels it is the only series.
    static bool is_overflow(std::span<std::string_view const> values) noexcept
    {
        for (std::string_view const value : values)
            if (value != overflow_label) return false;
        return true;
    }

    static bool is_valid(std::span<std::string_view const> values) noexcept
    {
        for (std::string_view const value : values)
            if (!is_valid_utf8(value)) return false;
        return true;
    }

    /// Values as a page can show them.
    class repaired_values {
    public:
        explicit repaired_values(std::span<std::string_view const> values)
        {
            texts_.reserve(values.size());
            for (std::string_view const value : values)
                views_.emplace_back(texts_.emplace_back(repaired_utf8(value)));
        }
        [[nodiscard]] std::span<std::string_view const> views() const noexcept
        {
            return {views_.data(), views_.size()};
        }

    private:
        std::vector<std::string> texts_;
        std::vector<std::string_view> views_;
    };

    /// The text of a series of these values.
    [[nodiscard]] series_text labels_of(std::span<std::string_view const> values) const
    {
        return {options_.constants, options_.label_names, values};
    }
    /// Asks a node whether it is the series of these values.
    [[nodiscard]] auto has_values(std::span<std::string_view const> values) const noexcept
    {
        return [this, values](index_node const& node) {
            return static_cast<series_node const&>(node).has(own_labels_at_, options_.label_names, values);
        };
    }
    [[nodiscard]] series_text labels_of_overflow() const
    {
        std::vector<std::string_view> const values(options_.label_names.size(), overflow_label);
        return labels_of({values.data(), values.size()});
    }

    /// Where a series' text goes on behind the labels that a sub-registry adds.
    [[nodiscard]] std::size_t own_labels_at() const noexcept { return own_labels_at_; }

    /// The overflow series is there as long as the family: this only says whether to show it, relaxed.
    [[nodiscard]] bool has_overflowed() const noexcept { return overflowed_.load(std::memory_order_relaxed); }
    void show_overflow() noexcept { overflowed_.store(true, std::memory_order_relaxed); }
    void count_dropped() noexcept
    {
        dropped_.fetch_add(1, std::memory_order_relaxed);
        show_overflow();
    }

    /// The most series there have been at a time. With acquire: who finds the family full finds all of its series.
    [[nodiscard]] std::size_t filled() const noexcept { return filled_.load(std::memory_order_acquire); }
    void set_filled(std::size_t series) noexcept { filled_.store(series, std::memory_order_release); }

private:
    family_options options_;
    std::size_t const own_labels_at_;
    std::atomic<bool> overflowed_{false};
    std::atomic<std::size_t> filled_{0};
    std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace iafmetrics::inline v0::detail
