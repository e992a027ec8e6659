// SPDX-License-Identifier: Apache-2.0
// Large pages: ours, prometheus-cpp's, and the least that could be called one.
#pragma once

#include <iafmetrics/registry.hpp>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pages {

using counter_family = iafmetrics::family<iafmetrics::counter, "method", "path", "status">;

/// A family with three labels and room for a million series.
counter_family& add_counters(iafmetrics::registry& metrics);

/// Each of the family's first `series` counters, written by each of `threads` threads, all of which live until the last
/// one has written: one that ended would leave its cells to the next.
void write_counters(counter_family& family, int series, int threads);

/// For the length of the program: `series` counters, written by `threads` threads.
iafmetrics::registry const& counters(int series, int threads);
prometheus::Registry& peer_counters(int series);
prometheus::Family<prometheus::Counter>& add_peer_counters(prometheus::Registry& metrics, int series);

/// For the length of the program: so many unlabelled counters, and so many unlabelled histograms where they are asked for;
/// a family each.
iafmetrics::registry& families(int counters, int histograms);
prometheus::Registry& peer_families(int counters, int histograms);

/// For the length of the program: histograms with eleven bounds and +Inf.
iafmetrics::registry const& histograms(int series);
iafmetrics::registry const& native_histograms(int series);
prometheus::Registry& peer_histograms(int series);

/// A page whose lines are prefixes that are ready, and integers in an array: nobody can write it, nobody can extend it.
class floor_page {
public:
    /// The lines of `page`, cut where their values begin.
    explicit floor_page(std::string const& page);

    /// Calls `sink` with pieces of 64 KiB or a little more.
    template <class Sink>
    void render(Sink&& sink);

private:
    [[nodiscard]] std::size_t line(char* out, std::size_t i) const;

    static constexpr std::size_t piece = std::size_t{64} * 1024;
    std::string prefixes_;
    std::vector<std::size_t> ends_;
    std::vector<std::uint64_t> values_;
    std::string buffer_;
};

/// The floor of counters() and of histograms().
floor_page& floor_of_counters(int series);
floor_page& floor_of_histograms(int series);

template <class Sink>
void floor_page::render(Sink&& sink)
{
    std::size_t size = 0;
    for (std::size_t i = 0; i != values_.size(); ++i) {
        size += line(buffer_.data() + size, i);
        if (size >= piece) {
            sink(std::string_view(buffer_.data(), size));
            size = 0;
        }
    }
    if (size != 0) sink(std::string_view(buffer_.data(), size));
}

}  // namespace pages
