// SPDX-License-Identifier: Apache-2.0
// given_names_visitor: shows metrics by the names that they were given, as an escaping scheme has them.
#pragma once

#include <iafmetrics/detail/escaped_name.hpp>
#include <iafmetrics/given_names.hpp>
#include <iafmetrics/labels.hpp>
#include <iafmetrics/number.hpp>
#include <iafmetrics/visitor.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace iafmetrics::inline v0::detail {

/// Passes everything on; a family with given names, and its labels, under those. Names that need quotes are quoted in the
/// text of labels, and plain in a family's head.
///
/// Cost: of a series with given names a copy of its labels; no allocation.
class given_names_visitor final : public visitor {
public:
    given_names_visitor(visitor& out, exposition::escaping_scheme scheme) noexcept
        : out_(out), scheme_(scheme)
    {}

    void begin_family(family_header const& family) override
    {
        labels_.clear();
        if (family.given == nullptr) return out_.begin_family(family);
        name_.clear();
        if (is_quoting() || is_metric_name(family.given->name))
            name_ = family.given->name;
        else
            append_escaped(name_, family.given->name, scheme_, true);
        for (given_names::label const& label : family.given->labels) {
            std::string text;
            if (is_quoting()) {
                text += '"';
                append_escaped_label_value(text, label.given);
                text += '"';
            } else {
                append_escaped(text, label.given, scheme_, false);
            }
            labels_.push_back({label.shown, text});
        }
        family_header shown = family;
        shown.name = name_;
        out_.begin_family(shown);
    }
    void value(labels_view labels, number now) override { out_.value(renamed(labels), now); }
    void counter(labels_view labels, counter_snapshot const& now) override
    {
        out_.counter(renamed(labels), now);
    }
    void histogram(labels_view labels, histogram_snapshot const& now) override
    {
        out_.histogram(renamed(labels), now);
    }
    void summary(labels_view labels, summary_snapshot const& now) override
    {
        out_.summary(renamed(labels), now);
    }

private:
    [[nodiscard]] bool is_quoting() const noexcept
    {
        return scheme_ == exposition::escaping_scheme::allow_utf8;
    }

    /// The same labels, of which none has a quoted name yet.
    [[nodiscard]] labels_view renamed(labels_view labels)
    {
        if (labels_.empty()) return labels;
        text_.clear();
        for (std::string_view rest = labels.text(); !rest.empty();) {
            std::size_t const equals = rest.find('=');
            std::size_t end = equals + 2;
            while (rest[end] != '"')
                end += rest[end] == '\\' ? std::size_t{2} : std::size_t{1};
            if (!text_.empty()) text_ += ',';
            text_ += name_of(rest.substr(0, equals));
            text_ += rest.substr(equals, end + 1 - equals);
            rest.remove_prefix(end + 1 == rest.size() ? end + 1 : end + 2);
        }
        return labels_view(text_);
    }
    [[nodiscard]] std::string_view name_of(std::string_view shown) const noexcept
    {
        for (given_names::label const& label : labels_)
            if (label.shown == shown) return label.given;
        return shown;
    }

    visitor& out_;
    exposition::escaping_scheme const scheme_;
    std::string name_;
    std::vector<given_names::label> labels_;  // of the family, as the page has them
    std::string text_;
};

}  // namespace iafmetrics::inline v0::detail
