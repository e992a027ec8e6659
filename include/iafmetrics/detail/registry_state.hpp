// SPDX-License-Identifier: Apache-2.0
// registry_state: what a registry and its sub-registries share: the families and collectors of one page.
#pragma once

#include <iafmetrics/detail/cell_store.hpp>
#include <iafmetrics/detail/collections.hpp>
#include <iafmetrics/detail/give_names.hpp>
#include <iafmetrics/detail/given_names_visitor.hpp>
#include <iafmetrics/detail/held_collector.hpp>
#include <iafmetrics/detail/intrusive_ptr.hpp>
#include <iafmetrics/detail/page_source.hpp>
#include <iafmetrics/detail/shared_names.hpp>
#include <iafmetrics/detail/shown_family.hpp>
#include <iafmetrics/detail/text_set.hpp>
#include <iafmetrics/labels.hpp>
#include <iafmetrics/registration_error.hpp>
#include <iafmetrics/visit_deadline.hpp>
#include <iafmetrics/visitor.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <source_location>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::detail {

/// Threads: any; what changes does so under the structure lock.
class registry_state : public reference_counted {
public:
    /// The family of this declaration: the one that is there, or a new one. A name is one family on the page;
    /// those that differ in the values of constant labels alone are shown as one.
    template <class Family>
    Family& find_or_add(family_options options, std::source_location where)
    {
        std::lock_guard const lock(structure_);
        return find_or_add_locked<Family>(std::move(options), where);
    }

    /// All of them, or an exception and none: what was added before the one that is refused is taken out again, and no
    /// page has seen it.
    template <class... Families>
    std::tuple<Families&...> find_or_add_all(std::array<family_options, sizeof...(Families)> options,
                                             std::source_location where)
    {
        std::vector<intrusive_ptr<shown_family>> taken_out;  // goes without the lock
        taken_out.reserve(sizeof...(Families));
        std::lock_guard const lock(structure_);
        for (group& same_name : groups_)
            same_name.kept = same_name.members.size();
        auto const taken = taken_;  // from here on the names are added to a copy
        try {
            return [&]<std::size_t... I>(std::index_sequence<I...>) {
                return std::tuple<Families&...>{
                    find_or_add_locked<Families>(std::move(options[I]), where)...};
            }(std::index_sequence_for<Families...>{});
        } catch (...) {
            for (group& same_name : groups_)
                for (; same_name.members.size() != same_name.kept; same_name.members.pop_back())
                    taken_out.push_back(std::move(same_name.members.back()));
            for (intrusive_ptr<shown_family> const& member : taken_out)
                std::erase(members_of(*member), member.get());
            while (!groups_.empty() && groups_.back().members.empty())
                groups_.pop_back();
            taken_ = taken;
            throw;
        }
    }

    void visit(visitor& out, exposition::escaping_scheme scheme, visit_deadline const& until) const
    {
        given_names_visitor renaming(out, scheme);
        visitor& given =
            scheme == exposition::escaping_scheme::underscores ? out : static_cast<visitor&>(renaming);
        std::vector<shown_family*> families;
        std::vector<shown_family*> callbacks;
        intrusive_ptr<shared_names> taken;
        auto const collectors = collectors_->all();
        {
            std::lock_guard const lock(structure_);
            families = families_;
            callbacks = callbacks_;
            taken = taken_;
        }
        std::vector<amount> dropped;
        std::vector<amount> refused;
        for (std::size_t at = 0; at != families.size();)
            visit_group(families, at, families[at]->options().names() == nullptr ? out : given, dropped,
                        refused);
        if (!callbacks.empty() || !collectors.empty())
            collections_.visit(sources_of(callbacks, collectors), taken, given, until);
        for (std::size_t at = 0; at != callbacks.size();)
            visit_group(callbacks, at, out, dropped, refused);
        show_amounts({"iafmetrics_series_dropped_total",
                      "Lookups that found a metric at its series limit and used its overflow series.",
                      metric_type::counter},
                     dropped, out);
        show_amounts({"iafmetrics_refused_amounts_total",
                      "Observations refused, such as a negative amount for a counter, NaN for a histogram, "
                      "or an exemplar that is too long.",
                      metric_type::counter},
                     refused, out);
    }

    [[nodiscard]] intrusive_ptr<held_list<held_collector>> const& collectors() const noexcept
    {
        return collectors_;
    }

private:
    /// The families of one name, in the order of their registration.
    struct group {
        std::vector<intrusive_ptr<shown_family>> members;
        std::source_location where;  // of the first
        std::size_t kept = 0;        // members, where a set is taken out again
        [[nodiscard]] std::string_view name() const noexcept { return members.front()->name(); }
    };
    struct amount {
        std::string_view metric;
        std::uint64_t value;
    };

    template <class Family>
    Family& find_or_add_locked(family_options options, std::source_location where)
    {
        // A family's own name is one of those that it shows.
        bool const is_known = taken_->names.contains(options.name);
        for (std::size_t at = 0; is_known && at != groups_.size(); ++at) {
            group& same_name = groups_[at];
            if (same_name.name() != options.name) continue;
            for (auto const& member : same_name.members) {
                auto* const same = dynamic_cast<Family*>(member.get());
                std::string_view difference = options.difference(member->options());
                if (difference.empty() && same == nullptr) difference = "another kind of instrument";
                if (!difference.empty())
                    throw registration_error(options.name, "is declared otherwise already, at " +
                                                               text_of(same_name.where) + "; this is " +
                                                               text_of(where) + " and has " +
                                                               std::string(difference));
                if (member->options().constants == options.constants) return *same;
            }
            intrusive_ptr<shown_family> added(new Family(std::move(options)));
            make_room_for_one(members_of(*added));
            same_name.members.push_back(std::move(added));
            show_behind_its_group(same_name);
            return static_cast<Family&>(*same_name.members.back());
        }
        std::vector<std::string> taken = exposed_names(options);
        for (std::string const& name : taken)
            if (taken_->names.contains(name))
                throw registration_error(options.name, "would show \"" + name + "\", which " +
                                                           owner_of(name) + " shows already; this is " +
                                                           text_of(where));
        auto* const family = new Family(std::move(options));
        intrusive_ptr<shown_family> added(family);
        text_set& names = own_names();
        names.reserve(taken.size());
        std::vector<shown_family*>& shown = members_of(*family);
        make_room_for_one(shown);
        groups_.push_back({{std::move(added)}, where});  // from here on nothing throws
        shown.push_back(family);
        for (std::string& name : taken)
            names.insert(std::move(name));
        return *family;
    }

    /// Those that visits look at are as they were; what they would see of a name taken from now on is a page's of later.
    [[nodiscard]] text_set& own_names()
    {
        if (!taken_->has_one_owner()) taken_ = intrusive_ptr<shared_names>(new shared_names(taken_->names));
        return taken_->names;
    }

    [[nodiscard]] std::vector<shown_family*>& members_of(shown_family& one) noexcept
    {
        return one.source() != nullptr ? callbacks_ : families_;
    }
    static void make_room_for_one(std::vector<shown_family*>& shown)
    {
        if (shown.size() == shown.capacity()) shown.reserve(shown.size() * 2 + 8);
    }
    /// The member added last; there is room for it.
    void show_behind_its_group(group const& same_name)
    {
        shown_family* const added = same_name.members.back().get();
        shown_family const* const before = same_name.members[same_name.members.size() - 2].get();
        std::vector<shown_family*>& shown = members_of(*added);
        std::size_t at = shown.size();
        while (shown[at - 1] != before)
            --at;
        shown.insert(shown.begin() + static_cast<std::ptrdiff_t>(at), added);
    }

    [[nodiscard]] std::string owner_of(std::string_view name) const
    {
        for (group const& same_name : groups_)
            for (std::string const& shown : exposed_names(same_name.members.front()->options()))
                if (shown == name)
                    return "\"" + std::string(same_name.name()) + "\" at " + text_of(same_name.where);
        return "the library itself";
    }

    /// Shows the families of one name as one and moves `at` behind them.
    static void visit_group(std::vector<shown_family*> const& families,
                            std::size_t& at,
                            visitor& out,
                            std::vector<amount>& dropped,
                            std::vector<amount>& refused)
    {
        std::string_view const name = families[at]->name();
        family_head head(out, families[at]->options());
        std::uint64_t refusals = 0;
        std::uint64_t drops = 0;
        bool is_filling_up = false;
        for (; at != families.size() && families[at]->name() == name; ++at) {
            refusals += families[at]->visit(head, out);
            drops += families[at]->dropped();
            is_filling_up = is_filling_up || families[at]->is_filling_up();
        }
        if (is_filling_up) dropped.push_back({name, drops});
        // A metric appears with its first refusal: that is an error of the program, which an alert on any value
        // at all finds, and a page without errors has no line for each of its metrics.
        if (refusals != 0) refused.push_back({name, refusals});
    }

    /// In the order of the page: callbacks, those of one name together, and then collectors.
    [[nodiscard]] static std::vector<source_group>
    sources_of(std::vector<shown_family*> const& callbacks,
               std::vector<intrusive_ptr<held_collector>> const& collectors)
    {
        std::vector<source_group> sources;
        std::string_view name;
        for (shown_family* const one : callbacks) {
            if (name != one->name()) sources.emplace_back();
            name = one->name();
            sources.back().push_back({one->source(), intrusive_ptr<reference_counted>(one)});
        }
        for (auto const& one : collectors)
            sources.push_back({{one.get(), intrusive_ptr<reference_counted>(one.get())}});
        return sources;
    }

    static void show_amounts(family_header const& family, std::vector<amount> const& amounts, visitor& out)
    {
        if (amounts.empty()) return;
        out.begin_family(family);
        for (auto const& [metric, value] : amounts) {
            std::string text;
            append_label(text, "metric", metric);
            out.value(labels_view(text), value);
        }
    }

    std::mutex& structure_ = local_store.structure;  // held across fork()
    std::vector<group> groups_;
    std::vector<shown_family*>
        families_;  // of all groups, one group's side by side: copied by a visit at 8 bytes each
    std::vector<shown_family*> callbacks_;  // the same
    intrusive_ptr<held_list<held_collector>> collectors_{new held_list<held_collector>};
    // Those that families show, and the registry's own; and those that no other declaration may have.
    intrusive_ptr<shared_names> taken_{new shared_names(
        {"iafmetrics_collector_errors_total", "iafmetrics_collector_errors",
         "iafmetrics_refused_amounts_total", "iafmetrics_refused_amounts", "iafmetrics_series_dropped",
         "iafmetrics_series_dropped_total", "iafmetrics_series_refused",
         "iafmetrics_collectors_left_out_total", "iafmetrics_collectors_left_out"})};
    mutable collections collections_{local_store};  // the first to go: it waits for calls
};

}  // namespace iafmetrics::inline v0::detail
