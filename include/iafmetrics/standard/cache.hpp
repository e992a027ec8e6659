// SPDX-License-Identifier: Apache-2.0
// cache: hits and misses, under Oversight's names.
#pragma once

#include <iafmetrics/family.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/spec.hpp>

#include <source_location>
#include <string_view>
#include <tuple>

namespace iafmetrics::inline v0::standard {

inline constexpr counter_spec<"cache_name"> cache_hits_total{"cache_hits_total",
                                                             "Lookups that the cache answered."};

inline constexpr counter_spec<"cache_name"> cache_misses_total{"cache_misses_total",
                                                               "Lookups that the cache could not answer."};

/// One cache.
///
///     iafmetrics::standard::cache_metrics session_cache{registry, "sessions"};
///     …
///     auto const found = sessions.find(id);
///     session_cache.lookup(found != sessions.end());        // a hit or a miss
///
/// Threads:  every member may be called from any thread at any time.
/// Cost:     a held counter's increment.
/// Errors:   the constructor throws registration_error, and has then registered nothing; nothing else throws.
/// Lifetime: shorter than that of the registry.
struct cache_metrics {
    cache_metrics(registry& metrics,
                  std::string_view cache_name,
                  std::source_location where = std::source_location::current())
        : cache_metrics(metrics.add(std::tie(cache_hits_total, cache_misses_total), where), cache_name)
    {}

    void lookup(bool was_hit) noexcept { (was_hit ? hits : misses).increment(); }

    counter& hits;
    counter& misses;

private:
    using added = std::tuple<family_of<cache_hits_total>&, family_of<cache_misses_total>&>;

    cache_metrics(added const& both, std::string_view cache_name)
        : hits(std::get<0>(both).with(cache_name)), misses(std::get<1>(both).with(cache_name))
    {}
};

}  // namespace iafmetrics::inline v0::standard
