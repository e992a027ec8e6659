// SPDX-License-Identifier: Apache-2.0
// duration_spec: what a declaration of request durations says: where its labels are, and what is named after it.
#pragma once

#include <iafmetrics/detail/fixed_string.hpp>
#include <iafmetrics/http/body_sizes.hpp>
#include <iafmetrics/http/route_table.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/spec.hpp>

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

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

template <iafmetrics::detail::fixed_string... Labels, std::size_t Count>
request_families add_families(registry& metrics,
                              histogram_spec<Labels...> const& duration,
                              label_positions positions,
                              body_sizes<Count> const& sizes)
{
    auto const add = [&](std::string_view of_what, std::string const& help) {
        std::string const name = size_name(stem_of(duration.name), of_what);
        return request_family{&metrics.add(histogram_spec<Labels...>{run_time, name, help, sizes.bounds,
                                                                     series_limit{duration.limit}}),
                              positions};
    };
    return {{&metrics.add(duration), positions},
            add("request", "Size of request bodies."),
            add("response", "Size of response bodies.")};
}

}  // namespace iafmetrics::inline v0::http::detail
