// SPDX-License-Identifier: Apache-2.0
// bucket_exemplars: the exemplars of a histogram by its buckets.
#pragma once

#include <iafmetrics/visitor.hpp>

#include <cstddef>
#include <span>

namespace iafmetrics::inline v0::exposition {

/// A bucket has one exemplar in the formats that show them with buckets: of several, the first.
///
///     bucket_exemplars exemplars(snapshot.exemplars);
///     for (std::size_t i = 0; i != snapshot.counts.size(); ++i)
///         if (exemplar_view const* const one = exemplars.of(i)) show(*one);
///
/// Lifetime: of the exemplars.
class bucket_exemplars {
public:
    explicit constexpr bucket_exemplars(std::span<bucket_exemplar const> ascending) noexcept
        : left_(ascending)
    {}

    /// Of a bucket that is not before one asked for earlier; nullptr where it has none.
    [[nodiscard]] constexpr exemplar_view const* of(std::size_t bucket) noexcept
    {
        while (!left_.empty() && left_.front().bucket < bucket)
            left_ = left_.subspan(1);
        return !left_.empty() && left_.front().bucket == bucket ? &left_.front().exemplar : nullptr;
    }

private:
    std::span<bucket_exemplar const> left_;
};

}  // namespace iafmetrics::inline v0::exposition
