// SPDX-License-Identifier: Apache-2.0
// family_base, and with it shown_family, under every interleaving of one thread that makes a series and one that looks for
// it.
// clang-format off: the order of the first three counts, see std_on_model.hpp
#include "std_on_model.hpp"
#include <iafmetrics/detail/family_base.hpp>
#include "std_again.hpp"
// clang-format on

#include <doctest/doctest.h>

#include "library_state.hpp"
#include "weakening.hpp"

using namespace iafmetrics::detail;

namespace {

/// A series: what its maker wrote into it must be seen by whoever finds it.
struct node : series_node {
    model_std::atomic<std::uint64_t> written{1};
};

family_options of_limit(std::size_t limit)
{
    family_options options;
    options.name = "f";
    options.label_names = {"n"};
    options.limit = limit;
    return options;
}

class small_family final : public family_base {
public:
    explicit small_family(std::size_t limit) : family_base(of_limit(limit))
    {
        label_overflow(overflow_);
        made_.reserve(4);  // its memory is no business of the readers'
    }

    [[nodiscard]] series_node const* with(std::string_view value)
    {
        return checked(&find_or_create(std::span<std::string_view const>(&value, 1)));
    }
    [[nodiscard]] series_node const* with_number(std::uint64_t number)
    {
        number_key const key = number_key::of(number);
        std::string_view const value = "1";
        if (series_node const* const found = find_by_numbers(key)) return checked(found);
        return checked(&find_or_create_by_numbers(key, std::span(&value, 1)));
    }
    [[nodiscard]] bool is_overflow(series_node const* of) const { return of == &overflow_; }

    std::uint64_t visit(family_head&, iafmetrics::visitor&) override { return 0; }

private:
    static series_node const* checked(series_node const* found)
    {
        model::check(static_cast<node const*>(found)->written.load(std::memory_order_relaxed) == 1,
                     "a series is found whole");
        return found;
    }

    series_node& make_node() override { return *made_.emplace_back(std::make_unique<node>()); }
    void discard_node(series_node&) noexcept override { made_.pop_back(); }
    void publish_node() noexcept override {}
    series_node& overflow_node() const noexcept override { return overflow_; }

    std::vector<std::unique_ptr<node>> made_;
    mutable node overflow_;
};
std::unique_ptr<small_family> family;

model::program of(std::size_t limit, std::vector<std::function<void()>> threads, std::function<void()> after)
{
    return {.before =
                [limit] {
                    model::reset_library();
                    family = std::make_unique<small_family>(limit);
                },
            .threads = std::move(threads),
            .after = std::move(after),
            .end = [] { model::forget_library(family); },
            .switch_threads = model::switch_library_threads};
}

/// By the thread that makes it, by one that looks for it meanwhile, and afterwards.
std::array<series_node const*, 3> found{};

model::program two_that_ask_for_the_last_series()
{
    return of(1, {[] { found[0] = family->with("a"); }, [] { found[1] = family->with("a"); }}, [] {
        found[2] = family->with("a");
        model::check(!family->is_overflow(found[0]) && found[0] == found[1] && found[1] == found[2],
                     "a series that the limit allows is one for all");
        model::check(family->is_overflow(family->with("b")), "one beyond the limit is the overflow series");
    });
}
model::program two_that_ask_by_numbers()
{
    return of(2, {[] { found[0] = family->with_number(1); }, [] { found[1] = family->with_number(1); }}, [] {
        found[2] = family->with("1");
        model::check(found[0] == found[1] && found[1] == found[2], "a number and its text are one series");
    });
}

}  // namespace

TEST_CASE(
    "family_base model: who misses the last series that the limit allows finds it once the family is full")
{
    model::check_every_execution(two_that_ask_for_the_last_series());
}

TEST_CASE("family_base model: two that ask for the same numbers at once find one series")
{
    model::check_every_execution(two_that_ask_by_numbers());
}

TEST_CASE("family_base model: no ordering is stronger than it must be")
{
    model::check_that_each_ordering_matters({two_that_ask_for_the_last_series(), two_that_ask_by_numbers()},
                                            {"family_base.hpp", "shown_family.hpp"});
}
