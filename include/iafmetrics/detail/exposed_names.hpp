// SPDX-License-Identifier: Apache-2.0
// exposed_names: which names a metric takes besides its own.
#pragma once

#include <iafmetrics/metric_type.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace iafmetrics::inline v0::detail {

/// Its own and those of its samples.
inline std::vector<std::string> sample_names(std::string_view name, metric_type type)
{
    std::vector<std::string> names{std::string(name)};
    bool const is_histogram = type == metric_type::histogram;
    for (std::string_view const suffix : {"_bucket", "_sum", "_count"})
        if (is_histogram || (type == metric_type::summary && suffix != "_bucket"))
            names.push_back(names.front() + std::string(suffix));
    return names;
}

/// Those, and what OpenMetrics gives it: there a counter shop_orders_total and an info shop_orders_info are both of the
/// family shop_orders, and _created tells when a counter or histogram began. No other metric of the page may have one of
/// them: a scraper chooses the format, and has to find the same series in each.
inline std::vector<std::string> exposed_names(std::string_view name, metric_type type)
{
    std::vector<std::string> names = sample_names(name, type);
    std::string_view const suffix = type == metric_type::counter ? "_total"
                                    : type == metric_type::info  ? "_info"
                                                                 : "";
    std::string_view family = name;
    if (!suffix.empty() && name.ends_with(suffix)) {
        family.remove_suffix(suffix.size());
        names.emplace_back(family);
    } else if (!suffix.empty()) {
        names.push_back(std::string(name) + std::string(suffix));
    }
    if (type == metric_type::counter || type == metric_type::histogram || type == metric_type::summary)
        names.push_back(std::string(family) + "_created");
    return names;
}

}  // namespace iafmetrics::inline v0::detail
