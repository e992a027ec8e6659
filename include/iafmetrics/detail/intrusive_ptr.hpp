// SPDX-License-Identifier: Apache-2.0
// intrusive_ptr: shared ownership of an object that counts its owners itself, at a tenth of the include of <memory>.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace iafmetrics::inline v0::detail {

/// What intrusive_ptr owns. The destructor is that of the module which made the object.
///
/// Ordering: what owners did happened before the last one's end destroys the object.
class reference_counted {
public:
    reference_counted() = default;
    reference_counted(reference_counted const&) = delete;
    reference_counted& operator=(reference_counted const&) = delete;
    virtual ~reference_counted() = default;

    void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
    void release_reference() noexcept
    {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    /// Whoever asks owns it alone, and what the owners before did has happened.
    [[nodiscard]] bool has_one_owner() const noexcept
    {
        return references_.load(std::memory_order_acquire) == 1;
    }

private:
    std::atomic<std::uint32_t> references_{0};
};

/// Threads: as std::shared_ptr: owners of one object may be used from any threads, one owner by one at a time.
template <class Type>
class intrusive_ptr {
public:
    intrusive_ptr() noexcept = default;
    explicit intrusive_ptr(Type* owned) noexcept : owned_(owned)
    {
        if (owned_ != nullptr) owned_->add_reference();
    }
    intrusive_ptr(intrusive_ptr const& other) noexcept : intrusive_ptr(other.owned_) {}
    intrusive_ptr(intrusive_ptr&& other) noexcept : owned_(std::exchange(other.owned_, nullptr)) {}
    intrusive_ptr& operator=(intrusive_ptr other) noexcept
    {
        std::swap(owned_, other.owned_);
        return *this;
    }
    ~intrusive_ptr()
    {
        if (owned_ != nullptr) owned_->release_reference();
    }

    [[nodiscard]] Type* get() const noexcept { return owned_; }
    [[nodiscard]] Type& operator*() const noexcept { return *owned_; }
    [[nodiscard]] Type* operator->() const noexcept { return owned_; }
    [[nodiscard]] explicit operator bool() const noexcept { return owned_ != nullptr; }

private:
    Type* owned_ = nullptr;
};

}  // namespace iafmetrics::inline v0::detail
