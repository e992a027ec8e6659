// SPDX-License-Identifier: Apache-2.0
// curried: a family with some of its labels bound.
#pragma once

#include <iafmetrics/detail/fixed_string.hpp>
#include <iafmetrics/label_value.hpp>
#include <iafmetrics/rules.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0 {

/// A value that holds a family and the values of some labels; with(), or claim(), takes the others.
///
///     auto gets = requests.curry("GET");                    // binds the first label
///     gets.with("/api/v1/sessions", 200).observe(0.012);
///     auto oks = gets.curry<"status">(200);                 // binds one by its name
///     oks.with("/api/v1/sessions").observe(0.012);
///
/// Free are the positions of the labels that are not bound.
///
/// Threads:  with() and claim() from any thread at any time.
/// Cost:     a copy of each bound value when it is made; with() then costs what the family's
///           does with text, of numbers too.
/// Errors:   as the family's; wrong numbers of values and unknown names do not compile.
/// Lifetime: shorter than that of the family.
template <class Family, std::size_t... Free>
class curried {
public:
    /// Of the labels that are not bound.
    static constexpr std::array<std::string_view, sizeof...(Free)> label_names{Family::label_names[Free]...};

    explicit curried(Family& family) : family_(&family) {}

    /// One value per label that is not bound, in the order of declaration.
    template <label_value... Values>
        requires rule::one_value_per_label<curried, Values...> && Family::has_with
    auto& with(Values const&... values) const noexcept
    {
        return family_->with_values(fill(detail::label_text(values).view()...));
    }
    template <label_value... Values>
        requires rule::one_value_per_label<curried, Values...> && (!Family::has_with)
    [[nodiscard]] auto claim(Values const&... values) const noexcept
    {
        return family_->claim_values(fill(detail::label_text(values).view()...));
    }

    /// Binds the first of the labels that are not bound.
    template <label_value... Values>
        requires rule::no_more_values_than_labels<curried, Values...>
    [[nodiscard]] auto curry(Values const&... values) const
    {
        return bind_first(std::make_index_sequence<sizeof...(Free) - sizeof...(Values)>{}, values...);
    }
    /// Binds the label of this name.
    template <detail::fixed_string Name, label_value Value>
        requires(((Family::label_names[Free] == Name.view()) || ...))
    [[nodiscard]] auto curry(Value const& value) const
    {
        return bind_one<position_of(Name.view())>(std::make_index_sequence<sizeof...(Free) - 1>{}, value);
    }

private:
    template <class, std::size_t...>
    friend class curried;

    static constexpr std::size_t size = Family::label_names.size();
    static constexpr std::array<std::size_t, sizeof...(Free)> free{Free...};

    /// All values in the order of declaration.
    template <class... Views>
    [[nodiscard]] std::array<std::string_view, size> fill(Views... views) const noexcept
    {
        std::array<std::string_view, size> all;
        for (std::size_t i = 0; i != values_.size(); ++i)
            all[i] = values_[i];
        ((all[Free] = views), ...);
        return all;
    }

    static consteval std::size_t position_of(std::string_view name)
    {
        std::size_t at = 0;
        while (Family::label_names[at] != name)
            ++at;
        return at;
    }
    /// The labels that are free once `bound` is not.
    static consteval auto free_without(std::size_t bound)
    {
        std::array<std::size_t, sizeof...(Free)> left{};
        std::size_t count = 0;
        for (std::size_t const position : free)
            if (position != bound) left[count++] = position;
        return left;
    }

    template <std::size_t Bound, std::size_t... I, class Value>
    [[nodiscard]] auto bind_one(std::index_sequence<I...>, Value const& value) const
    {
        curried<Family, free_without(Bound)[I]...> result(*family_);
        result.values_ = values_;
        result.values_[Bound] = std::string(detail::label_text(value).view());
        return result;
    }
    template <std::size_t... I, class... Values>
    [[nodiscard]] auto bind_first(std::index_sequence<I...>, Values const&... values) const
    {
        curried<Family, free[sizeof...(Values) + I]...> result(*family_);
        result.values_ = values_;
        std::size_t at = 0;
        ((result.values_[free[at++]] = std::string(detail::label_text(values).view())), ...);
        return result;
    }

    Family* family_;
    std::array<std::string, size> values_;
};

namespace detail {

template <class Family>
[[nodiscard]] consteval bool has_label(std::string_view name)
{
    for (std::string_view const label : Family::label_names)
        if (label == name) return true;
    return false;
}

/// What families of both kinds are, so that their labels can be bound.
template <class Family>
class curryable {
public:
    /// Binds the first labels, or one by its name, see curried.
    template <label_value... Values>
        requires rule::no_more_values_than_labels<Family, Values...>
    [[nodiscard]] auto curry(Values const&... values)
    {
        return nothing_bound().curry(values...);
    }
    template <fixed_string Name, label_value Value>
        requires(has_label<Family>(Name.view()))
    [[nodiscard]] auto curry(Value const& value)
    {
        return nothing_bound().template curry<Name>(value);
    }

private:
    friend Family;
    curryable() = default;

    [[nodiscard]] auto nothing_bound()
    {
        return [this]<std::size_t... All>(std::index_sequence<All...>) {
            return curried<Family, All...>(static_cast<Family&>(*this));
        }(std::make_index_sequence<Family::label_names.size()>{});
    }
};

}  // namespace detail
}  // namespace iafmetrics::inline v0
