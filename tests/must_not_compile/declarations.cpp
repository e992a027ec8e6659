// SPDX-License-Identifier: Apache-2.0
// Declarations and calls that must not compile. check.py compiles this file once and looks, for each line that says
// `refused: TEXT`, whether an error that leads to that line names TEXT.
#include <iafmetrics/family.hpp>

#include <limits>

using namespace iafmetrics;

inline constexpr double infinity = std::numeric_limits<double>::infinity();

inline constexpr counter_spec fine{"shop_orders_total", "Orders."};
inline constexpr counter_spec<"a", "b"> pairs{"shop_pairs_total", "Pairs."};

inline constexpr counter_spec a1{"shop orders_total", "O."};            // refused: metric_name_must_match_the_grammar
inline constexpr counter_spec a2{"", "O."};                             // refused: metric_name_must_match_the_grammar
inline constexpr counter_spec a3{"__shop_total", "O."};                 // refused: metric_name_must_not_be_reserved
inline constexpr counter_spec a4{"shop_orders_total", ""};              // refused: help_must_not_be_empty
inline constexpr counter_spec a5{"shop_orders", "O."};                  // refused: counter_name_must_end_in_total
inline constexpr gauge_spec a6{"shop_orders_total", "O."};              // refused: only_a_counter_name_may_end_in_total
inline constexpr up_down_counter_spec a7{"shop_total", "O."};           // refused: only_a_counter_name_may_end_in_total
inline constexpr gauge_spec a8{"shop_orders_bucket", "O."};             // refused: name_must_not_end_in_a_histogram_suffix
inline constexpr histogram_spec a9{"shop_wait_milliseconds", "W."};     // refused: name_must_use_base_units
inline constexpr counter_spec<"a-b"> b1{"shop_total", "O."};            // refused: label_name_must_match_the_grammar
inline constexpr histogram_spec<"le"> b2{"shop_seconds", "W."};         // refused: label_name_must_not_be_reserved
inline constexpr counter_spec<"__a"> b3{"shop_total", "O."};            // refused: label_name_must_not_be_reserved
inline constexpr counter_spec<"a", "a"> b4{"shop_total", "O."};         // refused: label_names_must_differ
inline constexpr histogram_spec c1{"w_seconds", "W.", buckets{2, 1}};   // refused: bucket_bounds_must_be_finite_and_strictly_ascending
inline constexpr histogram_spec c2{"w_seconds", "W.", buckets{1, 1}};   // refused: bucket_bounds_must_be_finite_and_strictly_ascending
inline constexpr histogram_spec c3{"w_seconds", "W.", buckets{1, infinity}};  // refused: bucket_bounds_must_be_finite_and_strictly_ascending
inline constexpr histogram_spec c4{"w_seconds", "W.", linear_buckets<65>(1, 1)};  // refused: bucket_bounds_must_not_be_too_many
inline constexpr counter_spec<"a"> d1{"shop_total", "O.", series_limit{0}};  // refused: series_limit_must_not_be_zero
inline constexpr gauge_spec d2{"shop_total", "O.", exemption{""}};      // refused: exemption_must_carry_its_reason
inline constexpr counter_spec d3{"shop_total", "O.", buckets{1}};       // refused: apply

void too_few(family_of<pairs>& f)
{
    f.with("a");  // refused: with
}

void not_a_label(family_of<pairs>& f)
{
    f.with("a", 0.5);  // refused: with
}

void not_a_constant(char const* name)
{
    counter_spec const spec{name, "O."};  // refused: not a constant expression
    (void)spec;
}
