// SPDX-License-Identifier: Apache-2.0
// watched_visitor: tells a visitor that failed from a collector that failed.
#pragma once

#include <iafmetrics/labels.hpp>
#include <iafmetrics/number.hpp>
#include <iafmetrics/visitor.hpp>

namespace iafmetrics::inline v0::detail {

/// Passes everything on and remembers whether what it passed to has thrown: a page that could not be written ends
/// the visit, and the collector that was writing at that moment is not to blame.
class watched_visitor final : public visitor {
public:
    explicit watched_visitor(visitor& out) noexcept : out_(out) {}

    [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }

    void begin_family(family_header const& family) override
    {
        pass([&] { out_.begin_family(family); });
    }
    void value(labels_view labels, number value) override
    {
        pass([&] { out_.value(labels, value); });
    }
    void counter(labels_view labels, counter_snapshot const& snapshot) override
    {
        pass([&] { out_.counter(labels, snapshot); });
    }
    void histogram(labels_view labels, histogram_snapshot const& snapshot) override
    {
        pass([&] { out_.histogram(labels, snapshot); });
    }
    void summary(labels_view labels, summary_snapshot const& snapshot) override
    {
        pass([&] { out_.summary(labels, snapshot); });
    }

private:
    template <class Call>
    void pass(Call const& call)
    {
        has_failed_ = true;
        call();
        has_failed_ = false;
    }

    visitor& out_;
    bool has_failed_ = false;
};

}  // namespace iafmetrics::inline v0::detail
