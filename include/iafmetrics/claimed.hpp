// SPDX-License-Identifier: Apache-2.0
// claimed: an owner of a series; the series goes with the last of them.
#pragma once

#include <iafmetrics/detail/claimable_base.hpp>
#include <iafmetrics/detail/intrusive_ptr.hpp>
#include <iafmetrics/labels.hpp>

#include <utility>

namespace iafmetrics::inline v0 {

/// Given by claimable_family::claim().
///
///     struct session {
///         iafmetrics::claimed<iafmetrics::gauge> memory;   // claimed_of<session_memory>
///     };
///     s.memory->set(4096);
///
/// Threads:  as a std::unique_ptr: the instrument may be used from any thread, the owner itself by one at a time.
/// Cost:     an access is a load and a branch beyond that of the instrument: where that counts, keep `*owner`
///           as a reference, no longer than the owner.
/// Lifetime: moves; keeps the family alive, also beyond the registry. Empty after a move and by default.
template <class Instrument>
class claimed {
public:
    claimed() noexcept = default;
    claimed(detail::intrusive_ptr<detail::claimable_base> family,
            detail::claimed_node& series,
            Instrument& instrument) noexcept
        : family_(std::move(family)), series_(&series), instrument_(&instrument)
    {}
    claimed(claimed&& other) noexcept
        : family_(std::move(other.family_)), series_(std::exchange(other.series_, nullptr)),
          instrument_(std::exchange(other.instrument_, nullptr))
    {}
    claimed& operator=(claimed&& other) noexcept
    {
        claimed taken(std::move(other));  // first: it may be this one
        std::swap(family_, taken.family_);
        std::swap(series_, taken.series_);
        std::swap(instrument_, taken.instrument_);
        return *this;
    }
    ~claimed() { reset(); }

    [[nodiscard]] Instrument& operator*() const noexcept
    {
        series_->use();
        return *instrument_;
    }
    [[nodiscard]] Instrument* operator->() const noexcept { return &**this; }
    [[nodiscard]] explicit operator bool() const noexcept { return series_ != nullptr; }

    [[nodiscard]] labels_view labels() const noexcept { return series_->labels(); }

    /// Ends the ownership now.
    void reset() noexcept
    {
        if (series_ == nullptr) return;
        family_->release(*std::exchange(series_, nullptr));
        instrument_ = nullptr;
        family_ = {};
    }

private:
    detail::intrusive_ptr<detail::claimable_base> family_;
    detail::claimed_node* series_ = nullptr;
    Instrument* instrument_ = nullptr;
};

}  // namespace iafmetrics::inline v0
