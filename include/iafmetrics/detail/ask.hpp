// SPDX-License-Identifier: Apache-2.0
// ask: what callbacks and collectors give, and what becomes of what they throw.
#pragma once

#include <iafmetrics/collector.hpp>
#include <iafmetrics/detail/intrusive_ptr.hpp>
#include <iafmetrics/detail/page_source.hpp>
#include <iafmetrics/registration_error.hpp>

#include <atomic>
#include <cstdint>

namespace iafmetrics::inline v0::detail {

/// What a registry tells about those that it asks.
struct source_counts : reference_counted {
    std::atomic<std::uint64_t> errors{0};
    std::atomic<std::uint64_t> left_out{0};
    std::atomic<bool> has_had_deadline{false};
};

/// What it throws is counted and is over, but where the page itself has failed.
template <class Predicate>
void ask(page_source& source, collector_output& sink, source_counts& counts, Predicate const& page_has_failed)
{
    try {
        source.collect(sink);
    } catch (registration_error const& error) {
        if (page_has_failed()) throw;
        sink.refuse(error);
        counts.errors.fetch_add(1, std::memory_order_relaxed);
    } catch (...) {
        if (page_has_failed()) throw;
        counts.errors.fetch_add(1, std::memory_order_relaxed);
    }
}

}  // namespace iafmetrics::inline v0::detail
