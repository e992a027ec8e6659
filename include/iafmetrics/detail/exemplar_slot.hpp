// SPDX-License-Identifier: Apache-2.0
// exemplar_slot: the newest exemplar of a counter or bucket, written by any thread and read without a lock.
#pragma once

#include <iafmetrics/exemplar.hpp>
#include <iafmetrics/labels.hpp>
#include <iafmetrics/visitor.hpp>

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace iafmetrics::inline v0::detail {

/// What a reader took out of a slot.
struct exemplar_copy {
    std::array<std::uint64_t, longest_exemplar / 8> words;
    std::size_t size = 0;
    double value = 0;
    double timestamp = 0;

    [[nodiscard]] exemplar_view view() const noexcept
    {
        return {labels_view({reinterpret_cast<char const*>(words.data()), size}), value, timestamp};
    }
};

/// A seqlock with writers that do not wait: the sequence is odd while one writes, and another one goes without.
///
///     sequence: even -> odd    acquire   whoever takes it sees what the writer before it wrote
///     the words                release   a reader that meets a new word (acquire) meets the sequence at least as odd
///     sequence: odd -> even    release   whoever reads it (acquire) reads words at least that new
///
/// A reader that sees the same even sequence before and after has read one exemplar. It tries a few times and then shows
/// none: it never waits for a writer, which may be preempted in the middle or, after a fork, not exist any more. A slot
/// that such a writer left odd takes no exemplar from there on.
class exemplar_slot {
public:
    /// `text` is at most longest_exemplar bytes.
    void write(std::string_view text, double value, double timestamp) noexcept
    {
        std::uint64_t even = sequence_.load(std::memory_order_relaxed);
        if (even % 2 != 0 || !sequence_.compare_exchange_strong(even, even + 1, std::memory_order_acquire,
                                                                std::memory_order_relaxed))
            return;
        value_.store(std::bit_cast<std::uint64_t>(value), std::memory_order_release);
        timestamp_.store(std::bit_cast<std::uint64_t>(timestamp), std::memory_order_release);
        size_.store(text.size(), std::memory_order_release);
        for (std::size_t at = 0; at < text.size(); at += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data() + at, text.size() - at < 8 ? text.size() - at : 8);
            words_[at / 8].store(word, std::memory_order_release);
        }
        sequence_.store(even + 2, std::memory_order_release);
    }

    /// False where there is none, or one is being written.
    [[nodiscard]] bool read(exemplar_copy& into) const noexcept
    {
        for (int attempt = 0; attempt != 4; ++attempt) {
            std::uint64_t const before = sequence_.load(std::memory_order_acquire);
            if (before == 0) return false;
            if (before % 2 != 0) continue;
            into.value = std::bit_cast<double>(value_.load(std::memory_order_acquire));
            into.timestamp = std::bit_cast<double>(timestamp_.load(std::memory_order_acquire));
            into.size = size_.load(std::memory_order_acquire);
            for (std::size_t at = 0; at * 8 < into.size; ++at)
                into.words[at] = words_[at].load(std::memory_order_acquire);
            if (sequence_.load(std::memory_order_relaxed) == before) return true;
        }
        return false;
    }

private:
    std::atomic<std::uint64_t> sequence_{0};
    std::atomic<std::uint64_t> value_{0};
    std::atomic<std::uint64_t> timestamp_{0};
    std::atomic<std::uint64_t> size_{0};
    std::array<std::atomic<std::uint64_t>, longest_exemplar / 8> words_{};
};

}  // namespace iafmetrics::inline v0::detail
