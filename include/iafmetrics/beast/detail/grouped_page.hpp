// SPDX-License-Identifier: Apache-2.0
// grouped_page: a registry's page for a group of a Pushgateway.
#pragma once

#include <iafmetrics/beast/detail/grouping_key.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/labels.hpp>
#include <iafmetrics/number.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/visitor.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0::beast::detail {

/// Passes on what has none of the grouping key's labels. A gateway overwrites such a label with the group's, and series
/// that it told apart become duplicates.
class grouping_check final : public visitor {
public:
    grouping_check(visitor& out, std::string const& job, label_list const& grouping) noexcept
        : out_(out), job_(job), grouping_(grouping)
    {}

    void begin_family(family_header const& family) override
    {
        family_ = family.name;
        out_.begin_family(family);
    }
    void value(labels_view labels, number now) override
    {
        check(labels);
        out_.value(labels, now);
    }
    void counter(labels_view labels, counter_snapshot const& snapshot) override
    {
        check(labels);
        out_.counter(labels, snapshot);
    }
    void histogram(labels_view labels, histogram_snapshot const& snapshot) override
    {
        check(labels);
        out_.histogram(labels, snapshot);
    }
    void summary(labels_view labels, summary_snapshot const& snapshot) override
    {
        check(labels);
        out_.summary(labels, snapshot);
    }

private:
    void check(labels_view labels) const
    {
        labels.for_each([&](std::string_view name, std::string_view) {
            bool const is_grouping = std::any_of(grouping_.begin(), grouping_.end(),
                                                 [&](auto const& label) { return label.first == name; });
            if (name == "job" || is_grouping)
                throw std::invalid_argument("cannot push job \"" + job_ + "\": metric \"" + family_ +
                                            "\" has the label \"" + std::string(name) +
                                            "\" of the grouping key, which the gateway would overwrite");
        });
    }

    visitor& out_;
    std::string const& job_;
    label_list const& grouping_;
    std::string family_;
};

/// Text 0.0.4, whole. Errors: std::invalid_argument that names metric and label.
[[nodiscard]] inline std::string
grouped_page(registry const& metrics, std::string const& job, label_list const& grouping)
{
    std::string page;
    auto const append = [&](std::string_view piece) { page += piece; };
    exposition::text_writer<decltype(append)> writer(append);
    grouping_check checked(writer, job, grouping);
    metrics.visit(checked);
    writer.finish();
    return page;
}

}  // namespace iafmetrics::inline v0::beast::detail
