// SPDX-License-Identifier: Apache-2.0
// Declarations and calls that must not compile. check.py compiles this file once and looks, for each line that says
// `refused: TEXT`, whether an error that leads to that line names TEXT.
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/family.hpp>
#include <iafmetrics/native_histogram_spec.hpp>
#include <iafmetrics/state_set.hpp>
#include <iafmetrics/summary_spec.hpp>
#include <iafmetrics/timer.hpp>
#include <iafmetrics/unknown.hpp>

#include <chrono>
#include <limits>

using namespace iafmetrics;

inline constexpr double infinity = std::numeric_limits<double>::infinity();

inline constexpr counter_spec fine{"shop_orders_total", "Orders."};
inline constexpr counter_spec<"a", "b"> pairs{"shop_pairs_total", "Pairs."};
inline constexpr claimable<gauge_spec<"a">> owned{"shop_owned", "Owned."};

inline constexpr counter_spec a1{"shop orders_total", "O."};            // refused: metric_name_must_match_the_grammar
inline constexpr counter_spec a2{"", "O."};                             // refused: metric_name_must_match_the_grammar
inline constexpr counter_spec a3{"__shop_total", "O."};                 // refused: metric_name_must_not_be_reserved
inline constexpr counter_spec a3b{"_total", "O."};                      // refused: metric_name_must_not_be_total_alone
inline constexpr counter_spec a4{"shop_orders_total", ""};              // refused: help_must_not_be_empty
inline constexpr counter_spec a5{"shop_orders", "O."};                  // refused: counter_name_must_end_in_total
inline constexpr gauge_spec a6{"shop_orders_total", "O."};              // refused: only_a_counter_name_may_end_in_total
inline constexpr up_down_counter_spec a7{"shop_total", "O."};           // refused: only_a_counter_name_may_end_in_total
inline constexpr gauge_spec a8{"shop_orders_bucket", "O."};             // refused: name_must_not_end_in_a_histogram_suffix
inline constexpr histogram_spec a9{"shop_wait_milliseconds", "W."};     // refused: name_must_use_base_units
inline constexpr gauge_spec a10{"shop_wait_kilohours", "W."};           // refused: name_must_use_base_units
inline constexpr gauge_spec a11{"shop_wait_microseconds", "W."};        // refused: name_must_use_base_units
inline constexpr gauge_spec a12{"shop_wait_ms", "W."};                  // refused: name_must_not_abbreviate_its_unit
inline constexpr gauge_spec a13{"shop_order_gauge", "W."};              // refused: name_must_not_say_its_type
inline constexpr gauge_spec a14{"shop:orders", "O."};                   // refused: name_must_not_contain_a_colon
inline constexpr gauge_spec a15{"shopOrders", "O."};                    // refused: name_must_be_snake_case
inline constexpr gauge_spec<"orderId"> a16{"shop_orders", "O."};        // refused: name_must_be_snake_case
inline constexpr gauge_spec a17{"shop_orders_created", "O."};           // refused: name_must_not_end_in_created
inline constexpr gauge_spec a18{"shop_build_info", "B."};               // refused: only_an_info_name_may_end_in_info
inline constexpr info_spec<"version"> a19{"shop_build", "B."};          // refused: info_name_must_end_in_info
inline constexpr state_set_spec e1{"shop_flags", "F.", states{"a", "a"}};  // refused: state_names_must_differ_and_not_be_empty
inline constexpr state_set_spec e2{"shop_flags", "F.", states{"a", ""}};   // refused: state_names_must_differ_and_not_be_empty
inline constexpr state_set_spec e5{"shop_flags", "F.", states{"\xFF"}};     // refused: state_names_must_be_utf8
inline constexpr state_set_spec e3{"shop_flags_total", "F.", states{"a"}};  // refused: only_a_counter_name_may_end_in_total
inline constexpr state_set_spec e4{"shop_flags", "F.", states{"a"}, state_label{"le"}};  // refused: label_name_must_not_be_reserved
inline constexpr state_set_spec<std::string_view, "f"> e6{"shop_flags", "F.", states{"a"}, state_label{"f"}};  // refused: label_names_must_differ
inline constexpr counter_spec<"a-b"> b1{"shop_total", "O."};            // refused: label_name_must_match_the_grammar
inline constexpr histogram_spec<"le"> b2{"shop_seconds", "W."};         // refused: label_name_must_not_be_reserved
inline constexpr counter_spec<"__a"> b3{"shop_total", "O."};            // refused: label_name_must_not_be_reserved
inline constexpr counter_spec<"a", "a"> b4{"shop_total", "O."};         // refused: label_names_must_differ
inline constexpr utf8_names any_name{"a test"};
inline constexpr gauge_spec<"http.route"> utf0{"http.requests", "R.", any_name};
inline constexpr gauge_spec utf1{"http.requests", "R."};                  // refused: metric_name_must_match_the_grammar
inline constexpr gauge_spec<"http.route"> utf2{"requests", "R."};         // refused: label_name_must_match_the_grammar
inline constexpr gauge_spec utf3{"http.\xFF", "R.", any_name};            // refused: metric_name_must_be_utf8
inline constexpr gauge_spec<"\xC3"> utf4{"http.requests", "R.", any_name};  // refused: label_name_must_be_utf8
inline constexpr gauge_spec<"a.b", "a-b"> utf5{"requests", "R.", any_name};  // refused: label_names_must_differ
inline constexpr gauge_spec<".._"> utf6{"requests", "R.", any_name};      // refused: label_name_must_not_be_reserved
inline constexpr gauge_spec utf7{"http.requests", "R.", utf8_names{""}};  // refused: exemption_must_carry_its_reason
inline constexpr state_set_spec utf8{"http.state", "S.", states{"a"}, any_name};  // refused: deleted
inline constexpr histogram_spec c1{"w_seconds", "W.", buckets{2, 1}};   // refused: bucket_bounds_must_be_finite_and_strictly_ascending
inline constexpr histogram_spec c2{"w_seconds", "W.", buckets{1, 1}};   // refused: bucket_bounds_must_be_finite_and_strictly_ascending
inline constexpr histogram_spec c3{"w_seconds", "W.", buckets{1, infinity}};  // refused: bucket_bounds_must_be_finite_and_strictly_ascending
inline constexpr histogram_spec c4{"w_seconds", "W.", linear_buckets<65>(1, 1)};  // refused: bucket_bounds_must_not_be_too_many
inline constexpr histogram_spec c8{"w_seconds", "W.", linear_buckets<0>(1, 1)};  // refused: bucket_bounds_must_not_be_missing
inline constexpr histogram_spec c5{"w_seconds", "W.", exponential_buckets<3>(0, 2)};  // refused: bucket_bounds_must_be_finite_and_strictly_ascending
inline constexpr histogram_spec c6{"w_seconds", "W.", exponential_buckets<3>(1, 0.5)};  // refused: bucket_bounds_must_be_finite_and_strictly_ascending
inline constexpr histogram_spec c7{"w_seconds", "W.", linear_buckets<3>(1, 0)};  // refused: bucket_bounds_must_be_finite_and_strictly_ascending
inline constexpr native_histogram_spec n1{"w_seconds", "W.", growth{1}};  // refused: growth_must_be_finite_and_above_1
inline constexpr native_histogram_spec n2{"w_seconds", "W.", growth{infinity}};  // refused: growth_must_be_finite_and_above_1
inline constexpr native_histogram_spec n3{"w_seconds", "W.", bucket_limit{257}};  // refused: bucket_limit_must_be_2_to_256
inline constexpr native_histogram_spec n4{"w_seconds", "W.", zero_threshold{-1}};  // refused: zero_threshold_must_be_finite_and_not_negative
inline constexpr native_histogram_spec n5{"w_seconds", "W.", max_zero_threshold{infinity}};  // refused: zero_threshold_must_be_finite_and_not_negative
inline constexpr native_histogram_spec n6{"w_seconds", "W.", buckets{2, 1}};  // refused: bucket_bounds_must_be_finite_and_strictly_ascending
inline constexpr native_histogram_spec n7{"w_milliseconds", "W."};  // refused: name_must_use_base_units
inline constexpr summary_spec s1{"w_seconds", "W.", quantiles{.5, 1.5}};  // refused: quantiles_must_lie_between_0_and_1_and_ascend
inline constexpr summary_spec s2{"w_seconds", "W.", quantiles{.5, .5}};  // refused: quantiles_must_lie_between_0_and_1_and_ascend
inline constexpr summary_spec s3{"w_seconds", "W.", quantiles{0, .01, .02, .03, .04, .05, .06, .07, .08, .09, .1, .2, .3, .4, .5, .6, .7}};  // refused: quantiles_must_not_be_too_many
inline constexpr summary_spec s4{"w_seconds", "W.", max_age{std::chrono::seconds(0)}};  // refused: max_age_must_be_positive
inline constexpr summary_spec s5{"w_seconds", "W.", age_buckets{0}};  // refused: age_buckets_must_be_1_to_60
inline constexpr summary_spec s6{"w_seconds", "W.", relative_error{.001}};  // refused: relative_error_must_lie_between_0_002_and_0_5
inline constexpr summary_spec<"quantile"> s7{"w_seconds", "W."};  // refused: label_name_must_not_be_reserved
inline constexpr summary_spec s8{"w_milliseconds", "W."};  // refused: name_must_use_base_units
inline constexpr summary_spec s9{"w_seconds", "W.", growth{2}};  // refused: not an option of this declaration
inline constexpr unknown_spec u1{"shop_readings_total", "R."};  // refused: only_a_counter_name_may_end_in_total
inline constexpr counter_spec<"a"> d1{"shop_total", "O.", series_limit{0}};  // refused: series_limit_must_not_be_zero
inline constexpr gauge_spec d2{"shop_total", "O.", exemption{""}};      // refused: exemption_must_carry_its_reason
inline constexpr counter_spec d3{"shop_total", "O.", buckets{1}};       // refused: not an option of this declaration
inline constexpr histogram_spec d4{"w_seconds", "W.", 7};               // refused: not an option of this declaration
inline constexpr state_set_spec d5{"shop_flags", "F.", states{"a"}, "b"};  // refused: not an option of this declaration
inline constexpr claimable<gauge_spec<"a">> d6{"shop", "O.", buckets{1}};  // refused: not an option of this declaration

struct wall_clock : steady_clock {
    static constexpr bool is_steady = false;
};
inline constexpr claimable<gauge_spec<"a">, wall_clock> d7{"shop", "O."};  // refused: series expire by a steady clock

void wrong_number_of_values(family_of<pairs>& f, family_of<owned>& o)
{
    f.with("a");  // refused: one_value_per_label
    f.with("a", "b", "c");  // refused: fixed_string<2>{"a"}
    (void)f.find();  // refused: one_value_per_label
    f.create({"a"});  // refused: one_value_per_label
    (void)o.claim();  // refused: one_value_per_label
    (void)f.curry("a", "b", "c");  // refused: no_more_values_than_labels
    (void)f.curry("a").with("b", "c");  // refused: one_value_per_label
    (void)o.curry("a").claim("b");  // refused: one_value_per_label
    (void)f.curry<"c">("c");  // refused: has_label
}

void not_a_label(family_of<pairs>& f)
{
    f.with("a", 0.5);  // refused: label_value
}

void no_duration_in_a_counter(counter& c)
{
    timer t{c};  // refused: a timer observes into a histogram or sets a gauge
}

void not_a_constant(char const* name)
{
    counter_spec const spec{name, "O."};  // refused: not a constant expression
    (void)spec;
}

enum class phase { on };
constexpr std::string_view to_label_value(phase) { return "on"; }

void not_a_state(state_set<phase>& s)
{
    s.change_to("on");  // refused: phase
}

void not_an_integer(up_down_counter& c)
{
    c.add(0.5);  // refused: add
}
