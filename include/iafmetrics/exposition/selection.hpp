// SPDX-License-Identifier: Apache-2.0
// selection: a part of a registry's page.
#pragma once

#include <iafmetrics/exposition/name_filter.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/visit_deadline.hpp>
#include <iafmetrics/visitor.hpp>

namespace iafmetrics::inline v0::exposition {

/// The families that a filter lets through, read until a deadline.
///
///     write_text(selection{registry, name_filter::of_query("name[]=up")}, sink);
///
/// Lifetime: shorter than the registry's.
struct selection {
    registry const& metrics;
    name_filter wanted = {};
    visit_deadline until = {};

    void visit(visitor& out, escaping_scheme names = escaping_scheme::underscores) const
    {
        if (wanted.is_empty()) return metrics.visit(out, names, until);
        wanted_alone passing(out, wanted);
        metrics.visit(passing, names, until);
    }

private:
    class wanted_alone final : public visitor {
    public:
        wanted_alone(visitor& out, name_filter const& wanted) : out_(out), wanted_(wanted) {}

        void begin_family(family_header const& family) override
        {
            is_shown_ = wanted_.shows(family);
            if (is_shown_) out_.begin_family(family);
        }
        void value(labels_view labels, number now) override
        {
            if (is_shown_) out_.value(labels, now);
        }
        void counter(labels_view labels, counter_snapshot const& now) override
        {
            if (is_shown_) out_.counter(labels, now);
        }
        void histogram(labels_view labels, histogram_snapshot const& now) override
        {
            if (is_shown_) out_.histogram(labels, now);
        }
        void summary(labels_view labels, summary_snapshot const& now) override
        {
            if (is_shown_) out_.summary(labels, now);
        }

    private:
        visitor& out_;
        name_filter const& wanted_;
        bool is_shown_ = false;
    };
};

}  // namespace iafmetrics::inline v0::exposition
