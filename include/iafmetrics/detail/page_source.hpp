// SPDX-License-Identifier: Apache-2.0
// page_source: what is asked for its series when a page is made: a collector, or the callbacks of one metric.
#pragma once

#include <iafmetrics/detail/cell_store.hpp>
#include <iafmetrics/detail/intrusive_ptr.hpp>
#include <iafmetrics/detail/under_way.hpp>

#include <vector>

namespace iafmetrics::inline v0 {
class collector_output;
}

namespace iafmetrics::inline v0::detail {

class page_source {
public:
    /// What it throws costs the rest of its families.
    virtual void collect(collector_output& out) = 0;

    /// True where a call waits for nobody, and so needs no thread that could be left behind with it.
    [[nodiscard]] virtual bool never_waits() const noexcept { return false; }

    /// Whether a page that had a deadline left a call behind which is not over yet.
    ///
    /// Threads: under the structure lock, all that follow. `home` is the store whose lock that is.
    /// fork():  a call that another thread is in is none of the child's.
    [[nodiscard]] bool is_left_behind(cell_store const& home) const noexcept
    {
        return left_behind_.get(home) != 0;
    }
    void leave_behind(cell_store const& home) noexcept
    {
        left_behind_.increment(home);
        is_slow_ = true;
    }
    void come_back() noexcept { left_behind_.decrement(); }

    /// Whether the last call under a deadline took much of the time that there was.
    [[nodiscard]] bool is_slow() const noexcept { return is_slow_; }
    void be_slow(bool was_slow) noexcept { is_slow_ = was_slow; }

protected:
    page_source() = default;
    page_source(page_source const&) = delete;
    page_source& operator=(page_source const&) = delete;
    ~page_source() = default;

private:
    process_count left_behind_;
    bool is_slow_ = false;
};

/// A source, and what keeps it while it may be asked.
struct kept_source {
    page_source* source;
    intrusive_ptr<reference_counted> owner;
};

/// Asked one right after the other, for they show one family: the callbacks of one name; or a collector alone.
using source_group = std::vector<kept_source>;

}  // namespace iafmetrics::inline v0::detail
