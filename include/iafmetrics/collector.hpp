// SPDX-License-Identifier: Apache-2.0
// collector: metrics whose values are read at the moment of the scrape.
#pragma once

#include <iafmetrics/detail/utf8.hpp>
#include <iafmetrics/labels.hpp>
#include <iafmetrics/number.hpp>
#include <iafmetrics/rules.hpp>
#include <iafmetrics/visitor.hpp>

#include <concepts>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace iafmetrics {

/// What a collector writes into, one family after the other.
///
///     registry.add([&](iafmetrics::collector_output& out) {
///         out.gauge("pool_connections", "Open connections.", pool.size());
///         out.begin_gauge("pool_waiting", "Requests that wait for a connection, by pool.");
///         for (auto const& p : pools) out.value({{"pool", p.name}}, p.waiting);
///     });
///
/// Errors: a name or label that breaks a rule, or a family that the page has already, throws
///         registration_error; the scrape goes on without that collector's remaining families, and
///         iafmetrics_collector_errors_total counts.
class collector_output {
public:
    collector_output(visitor& out, std::set<std::string, std::less<>>& shown) : out_(out), shown_(shown) {}

    void counter(std::string_view name, std::string_view help, number now)
    {
        begin_counter(name, help);
        value({}, now);
    }
    void gauge(std::string_view name, std::string_view help, number now)
    {
        begin_gauge(name, help);
        value({}, now);
    }

    void begin_counter(std::string_view name, std::string_view help)
    {
        begin(name, help, metric_type::counter);
    }
    void begin_gauge(std::string_view name, std::string_view help) { begin(name, help, metric_type::gauge); }

    /// A sample of the family begun last. The labels of one family's samples differ.
    void value(std::initializer_list<std::pair<std::string_view, std::string_view>> labels, number now)
    {
        if (name_.empty())
            throw registration_error("", "a sample needs a family: call begin_counter or begin_gauge");
        std::string text;
        std::set<std::string_view> names;
        for (auto const& [name, label] : labels) {
            detail::check_label_name(name_, name);
            if (!names.insert(name).second) rule::label_names_must_differ(name_);
            detail::append_label(
                text, name, detail::is_valid_utf8(label) ? std::string(label) : detail::repaired_utf8(label));
        }
        if (!series_.insert(text).second)
            throw registration_error(name_, "the page has a series of these labels already");
        out_.value(labels_view(text), now);
    }

    /// Called between two collectors: neither writes into the other's family.
    void end_family() noexcept { name_.clear(); }

private:
    void begin(std::string_view name, std::string_view help, metric_type type)
    {
        detail::check_grammar(name, help);
        if (!shown_.emplace(name).second)
            throw registration_error(name, "the page has a family of this name already");
        name_ = name;
        series_.clear();
        std::string const text = detail::repaired_utf8(help);
        out_.begin_family({name, text, type});
    }

    visitor& out_;
    std::set<std::string, std::less<>>& shown_;
    std::string name_;                           // of the family begun last; empty before the first
    std::set<std::string, std::less<>> series_;  // of that family
};

/// Called once per scrape; scrapes may overlap, so it is called by several threads at a time.
template <class Type>
concept collector = std::invocable<Type const&, collector_output&>;

}  // namespace iafmetrics
