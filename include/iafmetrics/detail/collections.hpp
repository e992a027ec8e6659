// SPDX-License-Identifier: Apache-2.0
// collections: asks a registry's callbacks and collectors, page by page, and tells how that went.
#pragma once

#include <iafmetrics/collector.hpp>
#include <iafmetrics/detail/ask.hpp>
#include <iafmetrics/detail/cell_store.hpp>
#include <iafmetrics/detail/collection.hpp>
#include <iafmetrics/detail/intrusive_ptr.hpp>
#include <iafmetrics/detail/page_source.hpp>
#include <iafmetrics/detail/refused_series.hpp>
#include <iafmetrics/detail/shared_names.hpp>
#include <iafmetrics/detail/text_set.hpp>
#include <iafmetrics/detail/watched_visitor.hpp>
#include <iafmetrics/metric_type.hpp>
#include <iafmetrics/visit_deadline.hpp>
#include <iafmetrics/visitor.hpp>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::detail {

/// Without a deadline whoever makes the page asks by himself, and so he does where no source could keep him waiting. With
/// one he waits for a thread of the page's own as long as he has time (collection.hpp).
///
/// Threads:  any number of pages at a time. A source that a page left behind is asked by no other page with a deadline
///           until that call is over: one that hangs holds one thread and the answers of one page.
/// Errors:   where the system has no thread to give, he asks by himself, and a source that blocks makes the page late.
/// Lifetime: the destructor waits for the calls that pages left behind, but where one of them is what destroys this.
class collections {
public:
    explicit collections(cell_store& home) : home_(home) {}
    collections(collections const&) = delete;
    collections& operator=(collections const&) = delete;
    ~collections()
    {
        for (auto const& one : all_)
            one->join();
    }

    /// Shows what the sources give, and the registry's own metrics about them. `taken` are the page's names.
    void visit(std::vector<source_group> sources,
               intrusive_ptr<shared_names> const& taken,
               visitor& out,
               visit_deadline const& until)
    {
        if (until.is_set()) counts_->has_had_deadline.store(true, std::memory_order_relaxed);
        refused_series refused;
        if (!may_be_late(sources, until) || !visit_in_time(sources, taken, out, until, refused))
            visit_here(sources, taken, out, until, refused);
        out.begin_family({"iafmetrics_collector_errors_total", "Collectors that failed during a scrape.",
                          metric_type::counter});
        out.value({}, counts_->errors.load(std::memory_order_relaxed));
        if (counts_->has_had_deadline.load(std::memory_order_relaxed)) {
            out.begin_family({"iafmetrics_collectors_left_out_total",
                              "Collectors that a page is without because its deadline was over.",
                              metric_type::counter});
            out.value({}, counts_->left_out.load(std::memory_order_relaxed));
        }
        refused.show(out);
    }

private:
    [[nodiscard]] static bool may_be_late(std::vector<source_group> const& sources,
                                          visit_deadline const& until) noexcept
    {
        if (!until.is_set() || until.is_over()) return false;
        for (source_group const& group : sources)
            for (kept_source const& one : group)
                if (!one.source->never_waits()) return true;
        return false;
    }

    void visit_here(std::vector<source_group> const& sources,
                    intrusive_ptr<shared_names> const& taken,
                    visitor& out,
                    visit_deadline const& until,
                    refused_series& refused)
    {
        watched_visitor watched(out);
        text_set shown;
        collector_output sink(watched, taken->names, shown, until);
        for (source_group const& group : sources)
            for (kept_source const& one : group)
                if (until.is_over())
                    counts_->left_out.fetch_add(1, std::memory_order_relaxed);
                else
                    ask(*one.source, sink, *counts_, [&] { return watched.has_failed(); });
        refused.add(sink.refused());
    }

    /// False where the system has no thread: then nobody was asked.
    [[nodiscard]] bool visit_in_time(std::vector<source_group>& sources,
                                     intrusive_ptr<shared_names> const& taken,
                                     visitor& out,
                                     visit_deadline const& until,
                                     refused_series& refused)
    {
        join_ended();
        take_out_left_behind(sources);
        if (sources.empty()) return true;
        intrusive_ptr<collection> const asked = add(sources, taken, until);
        if (!asked->start()) {
            remove(*asked);
            return false;
        }
        if (asked->wait()) {
            remove(*asked);
            asked->join();
        }
        asked->show(out, refused);
        return true;
    }

    void take_out_left_behind(std::vector<source_group>& sources)
    {
        std::size_t left_out = 0;
        {
            std::lock_guard const lock(home_.structure);
            for (source_group& group : sources)
                left_out += std::erase_if(
                    group, [&](kept_source const& one) { return one.source->is_left_behind(home_); });
        }
        std::erase_if(sources, [](source_group const& group) { return group.empty(); });
        counts_->left_out.fetch_add(left_out, std::memory_order_relaxed);
    }

    [[nodiscard]] intrusive_ptr<collection> add(std::vector<source_group> const& sources,
                                                intrusive_ptr<shared_names> const& taken,
                                                visit_deadline const& until)
    {
        intrusive_ptr<collection> added;  // where it fails, it goes without the lock
        std::lock_guard const lock(home_.structure);
        added = intrusive_ptr<collection>(new collection(sources, taken, until, counts_, home_));
        all_.push_back(added);
        return added;
    }

    void remove(collection const& joined) noexcept
    {
        std::lock_guard const lock(home_.structure);
        std::erase_if(all_, [&](auto const& one) { return one.get() == &joined; });  // the caller has it too
    }

    void join_ended()
    {
        std::vector<intrusive_ptr<collection>> ended;  // which go without the lock
        {
            std::lock_guard const lock(home_.structure);
            for (auto const& one : all_)
                if (one->is_over()) ended.push_back(one);
            std::erase_if(all_, [](auto const& one) { return one->is_over(); });
        }
        for (auto const& one : ended)
            one->join();
    }

    cell_store& home_;
    intrusive_ptr<source_counts> counts_{new source_counts};
    std::vector<intrusive_ptr<collection>>
        all_;  // whose threads are not joined; changes under the structure lock
};

}  // namespace iafmetrics::inline v0::detail
