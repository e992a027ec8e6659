// SPDX-License-Identifier: Apache-2.0
// native_generation: the buckets of a native histogram while its schema and its zero bucket stay what they are.
#pragma once

#include <iafmetrics/buckets.hpp>
#include <iafmetrics/detail/cell_block.hpp>
#include <iafmetrics/detail/native_buckets.hpp>

#include <sched.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>

namespace iafmetrics::inline v0::detail {

/// The most buckets that a limit may allow.
inline constexpr std::uint32_t most_native_buckets = 256;

/// A bucket's sign and index in 21 bits, never 0; positive ones come first, both by ascending index.
struct native_key {
    std::uint32_t bits;

    static constexpr native_key of(bool is_negative, std::int32_t index) noexcept
    {
        return {(is_negative ? sign : 0) | static_cast<std::uint32_t>(index + origin)};
    }
    [[nodiscard]] constexpr bool is_negative() const noexcept { return (bits & sign) != 0; }
    [[nodiscard]] constexpr std::int32_t index() const noexcept
    {
        return static_cast<std::int32_t>(bits & (sign - 1)) - origin;
    }

private:
    static constexpr std::uint32_t sign = 1U << 20U;
    static constexpr std::int32_t origin = 1 << 19;
};

/// Where an observation counts: in a bucket, by its slot; in the zero bucket; or in none, as NaN does.
struct native_place {
    std::uint32_t value;

    static constexpr std::uint32_t zero = most_native_buckets;
    static constexpr std::uint32_t none = zero + 1;
    static constexpr std::uint32_t unknown = none + 1;
    [[nodiscard]] constexpr bool is_slot() const noexcept { return value < most_native_buckets; }
};

/// Buckets by slot: a table from key to slot that is read without a lock, and a thread's cells in the order of the slots.
/// The cells of a slot come in segments, made as they are needed.
///
/// A thread's head has a sequence number, the epoch that it counts for, the sum, the zero bucket, what is in no bucket, and
/// the declared buckets. Each observation is a write of the seqlock that histogram_cells.hpp describes, which holds the
/// segments too. A thread that finds another epoch in its head clears its own cells first; so a generation is used again
/// for a later epoch without that anyone writes a foreign cell, and a reader leaves out heads of another epoch. What a late
/// writer adds for an ended epoch is therefore in no later one.
///
/// Threads: add() and reading from any thread; the rest under the histogram's lock.
///
/// Ordering, beside that of the seqlock; `release -> acquire`, and what would be wrong without it:
///
///     table -> place_of()              a writer that finds a place finds its segment, and a reader that sees its observation
///                                      the number of slots that it needs
///     slots_ -> slots()                a reader finds the segments and keys of the slots
///     segments_ -> clear_cells()       who clears its cells in all segments finds those that others make. All others know a
///                                      slot, and with it the segment, which is never replaced: relaxed.
///     clear(), created_, keys, table   a generation is used again while a late reader or writer holds it. The histogram has
///         -> all that reads them       another one by then: who has seen anything of the new use, or what a writer counted
///                                      by it, sees that the generation is not current, or its epoch another one, and
///                                      reads again
///     epoch_ -> epoch()                who knows an epoch knows what it began with. add() needs no acquire: it compares with
///                                      its own cells, whose owner got the epoch under the lock.
///     clear_cells(): zeros and epoch   a reader of the earlier epoch that meets them sees that it has ended; one of the new
///         -> read_one()                epoch meets no number from before. The even sequence behind them says nothing more:
///                                      relaxed.
///
/// tests/model/native_generation_model_test.cpp has each of them relaxed and an execution that goes wrong by it.
template <std::uint32_t TableSize>
class basic_native_generation {
public:
    static constexpr std::uint32_t segment_size = 16;

    explicit basic_native_generation(std::size_t classic_buckets)
        : head_(static_cast<std::uint32_t>(first_classic + classic_buckets)),
          head_size_(first_classic + classic_buckets)
    {}
    basic_native_generation(basic_native_generation const&) = delete;
    basic_native_generation& operator=(basic_native_generation const&) = delete;
    ~basic_native_generation()
    {
        for (auto& one : segments_)
            delete one.load(std::memory_order_relaxed);
    }

    /// False where the value needs a bucket that is not there, or this thread cells that it has not.
    [[nodiscard, gnu::always_inline]] bool add(double value, std::size_t classic) noexcept
    {
        std::uint64_t const now = epoch_.load(std::memory_order_relaxed);
        cell* const mine = head_.mine();
        if (mine == nullptr || cell_ref(mine[epoch_cell]).load(std::memory_order_relaxed) != now) [[unlikely]]
            return false;
        std::uint32_t const place = place_of(value).value;
        cell* counted = mine + zero_cell + (place & 1);
        if (place < most_native_buckets) [[likely]] {
            counted = segment_of(place)->cells.mine();
            if (counted == nullptr) [[unlikely]]
                return false;
            counted += place % segment_size;
        } else if (place == native_place::unknown) {
            return false;
        }
        write(mine, *counted, value, classic);
        return true;
    }

    /// The same once the place is known, for the epoch that it was found in.
    [[nodiscard]] bool
    add_at(native_place place, std::uint64_t epoch, double value, std::size_t classic) noexcept
    {
        cell* const mine = head_.mine();
        cell* const slots = mine != nullptr && place.is_slot() ? segment_of(place.value)->cells.mine() : mine;
        if (mine == nullptr || slots == nullptr) return false;
        slab& owner = *this_thread_slab;
        add_in(mine, [&](segment& of) { return of.cells.in(owner); }, place, epoch, value, classic);
        return true;
    }
    /// For threads without cells, one at a time.
    void add_shared(native_place place, double value, std::size_t classic) noexcept
    {
        add_in(shared_.data(), [](segment& of) { return of.shared.data(); }, place, epoch(), value, classic);
    }

    /// The place of a value; unknown where its bucket has none yet.
    [[nodiscard, gnu::always_inline]] native_place place_of(double value) const noexcept
    {
        std::uint64_t const bits = std::bit_cast<std::uint64_t>(value);
        double const absolute = std::bit_cast<double>(bits & ~(std::uint64_t{1} << 63U));
        if (absolute <= zero_threshold()) return {native_place::zero};
        if (absolute != absolute) [[unlikely]]
            return {native_place::none};
        return place_of(key_of(absolute, bits >> 63U != 0));
    }
    [[nodiscard, gnu::always_inline]] native_key key_of(double absolute, bool is_negative) const noexcept
    {
        return native_key::of(is_negative, bucket_index(absolute, schema()));
    }
    [[nodiscard, gnu::always_inline]] native_place place_of(native_key key) const noexcept
    {
        for (std::uint32_t at = hash(key);; at = (at + 1) % TableSize) {
            std::uint32_t const entry = table_[at].load(std::memory_order_acquire);
            if (entry >> 8U == key.bits) [[likely]]
                return {entry & 255U};
            if (entry == 0) return {native_place::unknown};
        }
    }
    /// The place of a bucket of a schema at least as fine, whose values are in no narrower zero bucket.
    [[nodiscard]] native_place place_of(native_key key, int its_schema) const noexcept
    {
        if (upper_bound(key.index(), its_schema) <= zero_threshold()) return {native_place::zero};
        return place_of(native_key::of(key.is_negative(), coarser_index(key.index(), its_schema - schema())));
    }

    [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_.load(std::memory_order_acquire); }
    [[nodiscard]] int schema() const noexcept { return schema_.load(std::memory_order_acquire); }
    [[nodiscard]] double zero_threshold() const noexcept
    {
        return zero_threshold_.load(std::memory_order_acquire);
    }
    [[nodiscard]] std::int64_t created() const noexcept { return created_.load(std::memory_order_acquire); }
    [[nodiscard]] basic_native_generation* previous() const noexcept
    {
        return previous_.load(std::memory_order_acquire);
    }
    [[nodiscard]] std::uint32_t slots() const noexcept { return slots_.load(std::memory_order_acquire); }
    [[nodiscard]] native_key key(std::uint32_t slot) const noexcept
    {
        return {segment_of(slot)->keys[slot % segment_size].load(std::memory_order_acquire)};
    }

    /// A new slot for a bucket that has none; none where memory is out.
    [[nodiscard]] native_place add_slot(native_key key) noexcept
    {
        std::uint32_t const slot = slots_.load(std::memory_order_relaxed);
        if (!reserve_slots(slot + 1)) return {native_place::none};
        segment_of(slot)->keys[slot % segment_size].store(key.bits, std::memory_order_release);
        slots_.store(slot + 1, std::memory_order_release);
        std::uint32_t at = hash(key);
        while (table_[at].load(std::memory_order_relaxed) != 0)
            at = (at + 1) % TableSize;
        table_[at].store(key.bits << 8U | slot, std::memory_order_release);
        return {slot};
    }

    /// Segments for that many slots; false where memory is out.
    [[nodiscard]] bool reserve_slots(std::uint32_t count) noexcept
    {
        for (std::uint32_t i = 0; i * segment_size < count; ++i) {
            if (segments_[i].load(std::memory_order_relaxed) != nullptr) continue;
            auto* const made = new (std::nothrow) segment;
            if (made == nullptr) return false;
            segments_[i].store(made, std::memory_order_release);
        }
        return true;
    }

    /// Empties it, for a use that begins with begin_epoch().
    void clear(int schema, double zero_threshold, basic_native_generation* previous) noexcept
    {
        slots_.store(0, std::memory_order_release);
        for (auto& entry : table_)
            entry.store(0, std::memory_order_release);
        schema_.store(schema, std::memory_order_release);
        zero_threshold_.store(zero_threshold, std::memory_order_release);
        previous_.store(previous, std::memory_order_release);
    }
    void begin_epoch(std::uint64_t epoch, std::int64_t created) noexcept
    {
        created_.store(created, std::memory_order_release);
        epoch_.store(epoch, std::memory_order_release);
    }

    void reserve() noexcept { head_.reserve(); }

    /// Declared ones, with +Inf; none where none are declared.
    [[nodiscard]] std::size_t classic_buckets() const noexcept { return head_size_ - first_classic; }

    /// Adds up what all threads have counted in the epoch: `into.count(place, amount)`, `into.classic(bucket, amount)`; the
    /// sum is returned.
    template <class Into>
    double read(std::uint64_t epoch, Into&& into) noexcept
    {
        double sum = read_one(shared_.data(), [](segment& of) { return of.shared.data(); }, epoch, into);
        head_.for_each_slab([&](slab& owner, cell* head) {
            sum += read_one(head, [&](segment& of) { return of.cells.in(owner); }, epoch, into);
        });
        return sum;
    }

    basic_native_generation* next_made = nullptr;  // of all of a histogram
    basic_native_generation* next_free = nullptr;

private:
    static constexpr std::size_t sequence_cell = 0;
    static constexpr std::size_t epoch_cell = 1;
    static constexpr std::size_t sum_cell = 2;
    static constexpr std::size_t zero_cell = 3;
    static constexpr std::size_t none_cell = 4;
    static constexpr std::size_t first_classic = 5;
    static_assert(first_classic + max_bucket_bounds + 1 <= longest_block);
    static_assert(native_place::zero % 2 == 0 && native_place::none % 2 == 1 && none_cell == zero_cell + 1);

    struct segment {
        cell_block cells{segment_size};
        std::array<std::atomic<std::uint32_t>, segment_size> keys{};
        std::array<cell, segment_size> shared{};  // of threads without cells
    };

    /// Neighbours lie side by side; the negative ones half a table away.
    static constexpr std::uint32_t hash(native_key key) noexcept
    {
        return (key.bits ^ key.bits >> 12U) % TableSize;
    }

    [[nodiscard, gnu::always_inline]] segment* segment_of(std::uint32_t slot) const noexcept
    {
        return segments_[slot / segment_size].load(std::memory_order_relaxed);
    }

    [[gnu::always_inline]] static void count_release(cell& counted) noexcept
    {
        cell_ref const c(counted);
        c.store(c.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

    [[gnu::always_inline]] void write(cell* head, cell& counted, double value, std::size_t classic) noexcept
    {
        cell_ref const sequence(head[sequence_cell]);
        cell_ref const sum(head[sum_cell]);
        std::uint64_t const odd = sequence.load(std::memory_order_relaxed) | 1U;
        double const new_sum = std::bit_cast<double>(sum.load(std::memory_order_relaxed)) + value;
        sequence.store(odd, std::memory_order_relaxed);
        count_release(counted);
        if (head_size_ != first_classic) count_release(head[first_classic + classic]);
        sum.store(std::bit_cast<cell>(new_sum), std::memory_order_release);
        sequence.store(odd + 1, std::memory_order_release);
    }

    template <class CellsIn>
    void add_in(cell* head,
                CellsIn const& cells_in,
                native_place place,
                std::uint64_t epoch,
                double value,
                std::size_t classic) noexcept
    {
        if (cell_ref(head[epoch_cell]).load(std::memory_order_relaxed) != epoch)
            clear_cells(head, cells_in, epoch);
        cell* const counted = place.is_slot()
                                  ? cells_in(*segment_of(place.value)) + place.value % segment_size
                                  : head + zero_cell + (place.value & 1);
        write(head, *counted, value, classic);
    }

    /// A thread's first observation in an epoch.
    template <class CellsIn>
    void clear_cells(cell* head, CellsIn const& cells_in, std::uint64_t epoch) noexcept
    {
        cell_ref const sequence(head[sequence_cell]);
        std::uint64_t const odd = sequence.load(std::memory_order_relaxed) | 1U;
        sequence.store(odd, std::memory_order_relaxed);
        for (std::size_t i = sum_cell; i != head_size_; ++i)
            cell_ref(head[i]).store(0, std::memory_order_release);
        for (auto const& one : segments_)
            if (segment* const used = one.load(std::memory_order_acquire))
                if (cell* const cells = cells_in(*used))
                    for (std::uint32_t i = 0; i != segment_size; ++i)
                        cell_ref(cells[i]).store(0, std::memory_order_release);
        cell_ref(head[epoch_cell]).store(epoch, std::memory_order_release);
        sequence.store(odd + 1, std::memory_order_relaxed);
    }

    template <class CellsIn, class Into>
    double read_one(cell* head, CellsIn const& cells_in, std::uint64_t epoch, Into& into) noexcept;

    std::atomic<std::uint64_t> epoch_{0};
    std::atomic<double> zero_threshold_{0};
    std::atomic<int> schema_{0};
    std::atomic<std::uint32_t> slots_{0};
    cell_block head_;
    std::array<std::atomic<segment*>, most_native_buckets / segment_size> segments_{};
    std::atomic<basic_native_generation*> previous_{nullptr};  // of the same epoch
    std::atomic<std::int64_t> created_{0};
    std::size_t const head_size_;
    std::array<cell, first_classic + max_bucket_bounds + 1> shared_{};  // a head for threads without cells
    std::array<std::atomic<std::uint32_t>, TableSize> table_{};         // key << 8 | slot
};

/// Half full with the most buckets.
using native_generation = basic_native_generation<2 * most_native_buckets>;

template <std::uint32_t TableSize>
template <class CellsIn, class Into>
double basic_native_generation<TableSize>::read_one(cell* head,
                                                    CellsIn const& cells_in,
                                                    std::uint64_t epoch,
                                                    Into& into) noexcept
{
    constexpr int most_attempts = 64;
    std::array<std::uint64_t, most_native_buckets> counts;
    std::array<std::uint64_t, first_classic + max_bucket_bounds + 1> others;
    std::uint32_t used = 0;
    for (int attempt = 0; attempt != most_attempts; ++attempt) {
        std::uint64_t const before = cell_ref(head[sequence_cell]).load(std::memory_order_acquire);
        if (cell_ref(head[epoch_cell]).load(std::memory_order_acquire) != epoch) return 0;
        used = slots();  // at least those that the writer of `before` knew
        for (std::uint32_t first = 0; first < used; first += segment_size) {
            cell* const cells = cells_in(*segment_of(first));
            for (std::uint32_t i = 0; i != segment_size && first + i != used; ++i)
                counts[first + i] = cells == nullptr ? 0 : cell_ref(cells[i]).load(std::memory_order_acquire);
        }
        for (std::size_t i = sum_cell; i != head_size_; ++i)
            others[i] = cell_ref(head[i]).load(std::memory_order_acquire);
        if (before % 2 == 0 && cell_ref(head[sequence_cell]).load(std::memory_order_relaxed) == before) break;
        if (attempt % 16 == 15) ::sched_yield();  // to a writer that was preempted in the middle
    }
    for (std::uint32_t slot = 0; slot != used; ++slot)
        into.count({slot}, counts[slot]);
    into.count({native_place::zero}, others[zero_cell]);
    into.count({native_place::none}, others[none_cell]);
    for (std::size_t i = first_classic; i != head_size_; ++i)
        into.classic(i - first_classic, others[i]);
    return std::bit_cast<double>(others[sum_cell]);
}

}  // namespace iafmetrics::inline v0::detail
