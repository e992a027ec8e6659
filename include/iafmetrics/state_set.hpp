// SPDX-License-Identifier: Apache-2.0
// state_set: which of a few named states something is in.
#pragma once

#include <iafmetrics/detail/utf8.hpp>
#include <iafmetrics/family.hpp>
#include <iafmetrics/label_value.hpp>
#include <iafmetrics/spec.hpp>

#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace iafmetrics::inline v0 {
namespace detail {

template <class State>
constexpr std::string_view state_name(State const& state)
{
    if constexpr (std::convertible_to<State const&, std::string_view>)
        return state;
    else
        return to_label_value(state);
}

}  // namespace detail

inline constexpr std::size_t most_states = 64;

/// The states of a state_set in the order in which they are shown: enumerators that have a name (see
/// named_enumerator), or names.
///
///     states{phase::pending, phase::running, phase::failed}
///     states{"dark_mode", "beta"}
template <class State, std::size_t Count>
struct states {
    std::array<State, Count> all;

    template <class... States>
        requires(sizeof...(States) == Count)
    // NOLINTNEXTLINE(google-explicit-constructor): states{"on", "off"} reads best
    constexpr states(States const&... values) : all{values...}
    {}
};
template <named_enumerator State, std::same_as<State>... States>
states(State const&, States const&...) -> states<State, 1 + sizeof...(States)>;
template <std::convertible_to<std::string_view>... Names>
states(Names const&...) -> states<std::string_view, sizeof...(Names)>;

/// The label that names the state; without this option it is the metric's own name, as in OpenMetrics.
struct state_label {
    std::string_view name;
};

/// Declares a state_set. Options after the states: state_label, series_limit, exemption.
///
///     enum class phase { pending, running, failed };
///     constexpr std::string_view to_label_value(phase p) { … }
///
///     inline constexpr iafmetrics::state_set_spec job_phase{
///         "shop_job_phase", "Phase of the nightly job.",
///         iafmetrics::states{phase::pending, phase::running, phase::failed}};
///
/// With labels, the type of the states comes first: `state_set_spec<phase, "job"> job_phase{…}`.
template <class State = std::string_view, detail::fixed_string... Labels>
struct state_set_spec : detail::basic_spec<Labels...> {
    std::array<std::string_view, most_states> state_names{};
    std::size_t state_count = 0;
    std::string_view label;

    template <std::size_t Count, class... Options>
    consteval state_set_spec(std::string_view metric,
                             std::string_view text,
                             states<State, Count> const& all,
                             Options... options)
        : state_set_spec(run_time, metric, text, all, options...)
    {}
    template <std::size_t Count, class... Options>
    constexpr state_set_spec(run_time_t,
                             std::string_view metric,
                             std::string_view text,
                             states<State, Count> const& all,
                             Options... options)
        : detail::basic_spec<Labels...>(metric, text), label(metric)
    {
        if (Count == 0 || Count > most_states) rule::state_set_must_have_1_to_64_states(metric);
        for (State const& state : all.all)
            add(detail::state_name(state));
        (this->apply(options), ...);
        detail::check_label_name(metric, label);
        for (std::string_view const other : this->label_names)
            if (other == label) rule::label_names_must_differ(metric);
        this->check_rules(metric_type::state_set);
    }

private:
    using detail::basic_spec<Labels...>::apply;
    constexpr void apply(state_label option) { label = option.name; }
    constexpr void apply(utf8_names) = delete;  // the name is a label's too

    constexpr void add(std::string_view state)
    {
        for (std::size_t i = 0; i != state_count; ++i)
            if (state_names[i] == state) rule::state_names_must_differ_and_not_be_empty(this->name);
        if (state.empty()) rule::state_names_must_differ_and_not_be_empty(this->name);
        if (!detail::is_valid_utf8(state)) rule::state_names_must_be_utf8(this->name);
        state_names[state_count++] = state;
    }
};
template <class State, std::size_t Count, class... Options>
state_set_spec(std::string_view, std::string_view, states<State, Count>, Options...) -> state_set_spec<State>;
template <class State, std::size_t Count, class... Options>
state_set_spec(run_time_t, std::string_view, std::string_view, states<State, Count>, Options...)
    -> state_set_spec<State>;

/// States that are on or off. Of a phase one is on at a time, of feature flags any number.
///
///     phase.change_to(job_phase::running);            // this one, and no other
///
///     features.turn_on("beta");                       // this one too
///     features.turn_off("dark_mode");
///
/// Shown as one series for each state, 1 where it is on and 0 where not, so that alerts and graphs find those that
/// never were: `shop_job_phase{shop_job_phase="failed"} 0`. All are off until the first call.
///
/// Threads:  every member may be called from any thread at any time; not from a signal handler.
/// Cost:     a comparison with the names before it in the declaration, and one atomic operation. A scrape takes one
///           allocation for each series.
/// Ordering: a scrape sees all states as they were at one moment.
/// Errors:   none is thrown. A state that was not declared is refused and counted, see refused().
/// Lifetime: that of its registry.
template <class State>
class state_set {
public:
    explicit state_set(detail::family_options const& family) noexcept : family_(family) {}
    state_set(state_set const&) = delete;
    state_set& operator=(state_set const&) = delete;

    void change_to(State const& state) noexcept
    {
        if (std::uint64_t const bit = bit_of(state)) on_.store(bit, std::memory_order_relaxed);
    }
    void turn_on(State const& state) noexcept { on_.fetch_or(bit_of(state), std::memory_order_relaxed); }
    void turn_off(State const& state) noexcept { on_.fetch_and(~bit_of(state), std::memory_order_relaxed); }

    [[nodiscard]] bool is_on(State const& state) const noexcept
    {
        return (on_.load(std::memory_order_relaxed) & find(state)) != 0;
    }

    /// Calls with a state that was not declared; a page shows them by metric in iafmetrics_refused_amounts_total.
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

    /// A sample for each state, its label behind the others.
    void show(labels_view labels, visitor& out) const
    {
        std::uint64_t const on = on_.load(std::memory_order_relaxed);
        std::string text;
        for (std::size_t i = 0; i != family_.states.size(); ++i) {
            text = labels.text();
            detail::append_label(text, family_.state_label, family_.states[i]);
            out.value(labels_view(text), (on >> i) & 1U);
        }
    }

private:
    /// 0 where it is not among them.
    [[nodiscard]] std::uint64_t find(State const& state) const noexcept
    {
        std::string_view const name = detail::state_name(state);
        for (std::size_t i = 0; i != family_.states.size(); ++i)
            if (family_.states[i] == name) return std::uint64_t{1} << i;
        return 0;
    }

    [[nodiscard]] std::uint64_t bit_of(State const& state) noexcept
    {
        std::uint64_t const bit = find(state);
        if (bit == 0) refused_.fetch_add(1, std::memory_order_relaxed);
        return bit;
    }

    detail::family_options const& family_;
    std::atomic<std::uint64_t> on_{0};
    std::atomic<std::uint64_t> refused_{0};
};

namespace detail {

template <class State, fixed_string... Labels>
struct family_of_spec<state_set_spec<State, Labels...>> {
    using instrument = state_set<State>;
    using type = family<state_set<State>, Labels...>;
    static constexpr metric_type exposed_as = metric_type::state_set;
};

}  // namespace detail
}  // namespace iafmetrics::inline v0
