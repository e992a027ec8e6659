// SPDX-License-Identifier: Apache-2.0
// duration_spec: what a declaration of request durations says: where its labels are, and what is named after it.
#pragma once

#include <iafmetrics/detail/fixed_string.hpp>
#include <iafmetrics/http/body_sizes.hpp>
#include <iafmetrics/http/route_table.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/spec.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <source_location>
#include <string>
#include <string_view>
#include <tuple>

namespace iafmetrics::inline v0::http::detail {

/// Not constexpr on purpose: a call to one in a declaration does not compile, and its name is the message.
inline void request_duration_must_have_labels_for_method_route_and_status() {}
inline void client_request_duration_must_have_labels_for_method_and_status_and_may_have_one_for_the_host() {}

/// The place of one of these names; label_positions::absent where there is none.
template <std::size_t Count>
consteval std::size_t position_of(std::array<std::string_view, Count> const& labels,
                                  std::initializer_list<std::string_view> names)
{
    for (std::size_t i = 0; i != Count; ++i)
        for (std::string_view const name : names)
            if (labels[i] == name) return i;
    return label_positions::absent;
}

template <class Spec>
consteval label_positions positions_of(std::initializer_list<std::string_view> names_of_route)
{
    return {position_of(Spec::label_names, {"method", "http_request_method"}),
            position_of(Spec::label_names, names_of_route),
            position_of(Spec::label_names, {"status", "status_code", "code", "http_response_status_code"})};
}

template <class Spec>
consteval label_positions server_positions_of()
{
    auto const found = positions_of<Spec>({"route", "path", "handler", "http_route"});
    std::size_t const absent = label_positions::absent;
    if (Spec::label_count != 3 || found.method == absent || found.route == absent || found.status == absent)
        request_duration_must_have_labels_for_method_route_and_status();
    return found;
}

template <class Spec>
consteval label_positions client_positions_of()
{
    auto const found = positions_of<Spec>({"host", "server", "server_address", "upstream"});
    std::size_t const absent = label_positions::absent;
    if (found.method == absent || found.status == absent ||
        Spec::label_count != (found.route == absent ? 2 : 3))
        client_request_duration_must_have_labels_for_method_and_status_and_may_have_one_for_the_host();
    return found;
}

/// What is named after a declaration breaks the conventions that its name breaks.
template <class Spec>
iafmetrics::detail::inherited_exemption exemption_of(Spec const& duration)
{
    return {duration.exempt_because};
}

/// "iaf_api_request" of "iaf_api_request_duration_seconds".
inline std::string stem_of(std::string_view name)
{
    for (std::string_view const suffix : {"_seconds", "_duration"})
        if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
    return std::string(name);
}

/// "iaf_api_response_size_bytes" of the stem "iaf_api_request" and "response".
inline std::string size_name(std::string stem, std::string_view of_what)
{
    for (std::string_view const suffix : {"request", "_"})
        if (stem.ends_with(suffix)) stem.resize(stem.size() - suffix.size());
    if (!stem.empty()) stem += '_';
    return stem.append(of_what).append("_size_bytes");
}

/// What a declaration of durations leads to.
struct request_set {
    request_families families;
    up_down_counter& in_flight;
    counter* write_errors = nullptr;          // of a server
    counter* invalid_traceparents = nullptr;  // the same
};

/// Stands for body_sizes where none are measured.
struct no_body_sizes {};

/// Registers the durations, what is in flight, what goes wrong where that is counted, and sizes where they are measured:
/// all of it, or an exception and none.
template <iafmetrics::detail::fixed_string... Labels, class Sizes, class... Errors>
request_set add_set(registry& metrics,
                    label_positions at,
                    std::source_location where,
                    histogram_spec<Labels...> const& duration,
                    Sizes const& sizes,
                    up_down_counter_spec<> const& in_flight,
                    Errors const&... errors)
{
    auto const add = [&](auto const&... of_sizes) {
        auto const added = metrics.add(std::tie(duration, in_flight, errors..., of_sizes...), where);
        constexpr std::size_t known = 2 + sizeof...(errors);
        request_set set{{{&std::get<0>(added), at}}, std::get<1>(added)};
        if constexpr (sizeof...(errors) != 0) {
            set.write_errors = &std::get<2>(added);
            set.invalid_traceparents = &std::get<3>(added);
        }
        if constexpr (sizeof...(of_sizes) != 0) {
            set.families.request_size = {&std::get<known>(added), at};
            set.families.response_size = {&std::get<known + 1>(added), at};
        }
        return set;
    };
    if constexpr (std::same_as<Sizes, no_body_sizes>) {
        return add();
    } else {
        auto const spec = [&](std::string const& name, std::string_view help) {
            return histogram_spec<Labels...>{
                run_time, name, help, sizes.bounds, series_limit{duration.limit}, exemption_of(duration)};
        };
        std::string const request = size_name(stem_of(duration.name), "request");
        std::string const response = size_name(stem_of(duration.name), "response");
        return add(spec(request, "Size of request bodies."), spec(response, "Size of response bodies."));
    }
}

template <iafmetrics::detail::fixed_string... Labels, class Sizes = no_body_sizes>
request_set add_server_set(registry& metrics,
                           std::source_location where,
                           histogram_spec<Labels...> const& duration,
                           Sizes const& sizes = {})
{
    std::string const in_flight = stem_of(duration.name) + "s_in_flight";
    std::string const write_errors = stem_of(duration.name) + "_write_errors_total";
    std::string const traceparents = stem_of(duration.name) + "_invalid_traceparents_total";
    return add_set(
        metrics, server_positions_of<histogram_spec<Labels...>>(), where, duration, sizes,
        up_down_counter_spec{run_time, in_flight, "Requests that are being handled.", exemption_of(duration)},
        counter_spec{run_time, write_errors, "Responses whose write failed.", exemption_of(duration)},
        counter_spec{run_time, traceparents,
                     "Requests that were looked at for their trace and name none that is valid.",
                     exemption_of(duration)});
}

template <iafmetrics::detail::fixed_string... Labels, class Sizes = no_body_sizes>
request_set add_client_set(registry& metrics,
                           std::source_location where,
                           histogram_spec<Labels...> const& duration,
                           Sizes const& sizes = {})
{
    std::string const in_flight = stem_of(duration.name) + "s_in_flight";
    return add_set(metrics, client_positions_of<histogram_spec<Labels...>>(), where, duration, sizes,
                   up_down_counter_spec{run_time, in_flight, "Requests that wait for their response.",
                                        exemption_of(duration)});
}

}  // namespace iafmetrics::inline v0::http::detail
