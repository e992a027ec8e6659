// SPDX-License-Identifier: Apache-2.0
#include "memory_model.hpp"

#include <ucontext.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

namespace model {
namespace {

using detail::answer;
using detail::request;

constexpr int unseen = -1;

/// By location: the oldest message that may still be read; unseen where not even the construction is known.
class view {
public:
    [[nodiscard]] int of(std::size_t location) const
    {
        return location < at_.size() ? at_[location] : unseen;
    }
    void raise(std::size_t location, int message)
    {
        if (location >= at_.size()) at_.resize(location + 1, unseen);
        at_[location] = std::max(at_[location], message);
    }
    void raise(std::span<int const> other)
    {
        if (other.size() > at_.size()) at_.resize(other.size(), unseen);
        for (std::size_t i = 0; i != other.size(); ++i)
            at_[i] = std::max(at_[i], other[i]);
    }
    void raise(view const& other) { raise(other.all()); }
    [[nodiscard]] std::span<int const> all() const { return at_; }

private:
    std::vector<int> at_;
};

/// A view that a message keeps, among those of its execution.
struct kept_view {
    std::size_t begin = 0;
    std::size_t size = 0;
};

struct message {
    std::uint64_t value;
    kept_view released;
};

struct location {
    std::vector<message> messages;
};

struct lock_state {
    bool is_held = false;
    view released;
};

struct thread {
    ucontext_t context{};
    std::unique_ptr<char[]> stack;
    std::function<void()> const* body = nullptr;
    view knows;
    std::optional<request> pending;
    std::size_t accesses = 0;
    bool has_ended = false;
};

struct region {
    std::size_t size;
    std::size_t location;
};

bool acquires(std::memory_order order)
{
    return order == std::memory_order_acquire || order == std::memory_order_acq_rel;
}
bool releases(std::memory_order order)
{
    return order == std::memory_order_release || order == std::memory_order_acq_rel;
}

class explorer {
public:
    explorer(program const& all, site weakened)
        : program_(all), weakened_(std::move(weakened)), threads_(all.threads.size())
    {
        for (thread& each : threads_)
            each.stack = std::make_unique<char[]>(stack_size);
    }

    result run()
    {
        do {
            execute();
            if (!result_.failure.empty()) break;
        } while (advance());
        return std::move(result_);
    }

    answer perform(request what)
    {
        note(what);
        if (current_ == nobody) return apply(what);  // before and after the threads: nothing to choose
        threads_[current_].pending = what;
        ++threads_[current_].accesses;
        if (threads_[current_].accesses > program_.most_accesses) is_draining_ = true;
        schedule();
        threads_[current_].pending.reset();
        return apply(what);
    }

    void construct(void const* where, std::uint64_t value)
    {
        std::size_t const made = add_location(value);
        by_address_[where] = made;
        me().knows.raise(made, 0);
    }
    void destroy(void const* where) { by_address_.erase(where); }

    void own(void const* begin, std::size_t size)
    {
        std::size_t const made = add_location(0);
        regions_[static_cast<char const*>(begin)] = {size, made};
        me().knows.raise(made, 0);
    }
    void disown(void const* begin) { regions_.erase(static_cast<char const*>(begin)); }

    void fail(std::string why)
    {
        if (!is_draining_ && result_.failure.empty()) result_.failure = std::move(why);
        is_draining_ = true;
    }

private:
    static constexpr std::size_t nobody = ~std::size_t{0};
    static constexpr std::size_t stack_size = std::size_t{256} << 10U;

    struct choice {
        std::size_t taken;
        std::size_t count;
    };

    std::size_t choose(std::size_t count)
    {
        if (count == 1) return 0;
        if (at_ == trail_.size()) trail_.push_back({0, count});
        return trail_[at_++].taken;
    }

    /// To the next execution that has not been; false where there is none.
    bool advance()
    {
        while (!trail_.empty() && trail_.back().taken + 1 == trail_.back().count)
            trail_.pop_back();
        if (trail_.empty()) return false;
        ++trail_.back().taken;
        return true;
    }

    void execute()
    {
        at_ = 0;
        location_count_ = 0;
        kept_.clear();
        by_address_.clear();
        locks_.clear();
        stands_in_.clear();
        asleep_ = 0;
        is_draining_ = false;
        current_ = nobody;
        threads_[0].knows = {};
        program_.before();
        for (std::size_t i = 0; i != threads_.size(); ++i)
            prepare(i);
        current_ = 0;
        switch_to(main_, 0, 0);
        for (auto const& each : threads_)
            threads_[0].knows.raise(each.knows);
        current_ = nobody;
        if (!is_draining_) {
            program_.after();
            ++result_.executions;
        }
        program_.end();
        for (auto const& [begin, owned] : regions_)
            std::free(const_cast<char*>(begin));
        regions_.clear();
    }

    void prepare(std::size_t i)
    {
        thread& made = threads_[i];
        made.body = &program_.threads[i];
        made.knows = threads_[0].knows;
        made.pending.reset();
        made.accesses = 0;
        made.has_ended = false;
        has_begun_.resize(threads_.size());
        has_begun_[i] = false;
        ::getcontext(&made.context);
        made.context.uc_stack.ss_sp = made.stack.get();
        made.context.uc_stack.ss_size = stack_size;
        made.context.uc_link = nullptr;
        ::makecontext(&made.context, reinterpret_cast<void (*)()>(&explorer::begin), 0);
    }

    static void begin();
    void body()
    {
        has_begun_[current_] = true;
        (*threads_[current_].body)();
        threads_[current_].has_ended = true;
        schedule();
    }

    /// Chooses who makes the next access, and goes on there. Threads that have not begun run to their first
    /// access, which nobody else can see.
    void schedule()
    {
        std::size_t const from = current_;
        std::size_t to = nobody;
        for (std::size_t i = 0; i != threads_.size() && to == nobody; ++i)
            if (!has_begun_[i]) to = i;
        if (to == nobody) to = pick();
        if (to == from) return;
        if (to == nobody) {
            program_.switch_threads(from, 0);
            ::setcontext(&main_);
        }
        current_ = to;
        switch_to(threads_[from].context, from, to);
    }

    void switch_to(ucontext_t& leave, std::size_t from, std::size_t to)
    {
        if (from != to) program_.switch_threads(from, to);
        ::swapcontext(&leave, &threads_[to].context);
    }

    std::size_t pick()
    {
        std::vector<std::size_t> awake;
        bool is_one_enabled = false;
        bool is_one_left = false;
        for (std::size_t i = 0; i != threads_.size(); ++i) {
            if (threads_[i].has_ended) continue;
            is_one_left = true;
            if (is_blocked(i)) continue;
            is_one_enabled = true;
            if (is_draining_ || (asleep_ >> i & 1U) == 0) awake.push_back(i);
        }
        if (!is_one_left) return nobody;
        if (!is_one_enabled) std::abort();  // a deadlock; nothing here can end the execution
        if (awake.empty()) {                // another order has been through all that follows
            is_draining_ = true;
            return pick();
        }
        if (is_draining_) {  // where one waits for another, that one has its turn in the end
            bool const may_go_on = std::ranges::find(awake, current_) != awake.end();
            return may_go_on && ++drained_ % 64 != 0 ? current_ : awake[drained_ / 64 % awake.size()];
        }
        std::size_t const taken = choose(awake.size());
        for (std::size_t i = 0; i != taken; ++i)
            asleep_ |= std::uint64_t{1} << awake[i];
        for (std::size_t i = 0; i != threads_.size(); ++i)
            if ((asleep_ >> i & 1U) != 0 && !commutes(*threads_[i].pending, *threads_[awake[taken]].pending))
                asleep_ &= ~(std::uint64_t{1} << i);
        return awake[taken];
    }

    bool is_blocked(std::size_t i)
    {
        auto const& next = threads_[i].pending;
        if (!next) return false;
        if (next->how == access::wait) return locations_[find(*next)].messages.back().value == next->expected;
        return next->how == access::lock && locks_[next->where].is_held;
    }

    /// Whether `first` then `second` has been explored where `second` then `first` comes next. A load that
    /// follows a store may still see what was before it: that order covers the other one.
    static bool commutes(request const& first, request const& second)
    {
        return first.where != second.where || second.how == access::load || second.how == access::wait;
    }

    thread& me() { return threads_[current_ == nobody ? 0 : current_]; }

    /// In the memory of earlier executions, where there is one.
    std::size_t add_location(std::uint64_t value)
    {
        if (location_count_ == locations_.size()) locations_.emplace_back();
        locations_[location_count_].messages.assign(1, {value, {}});
        return location_count_++;
    }

    [[nodiscard]] std::span<int const> view_of(kept_view kept) const
    {
        return std::span(kept_).subspan(kept.begin, kept.size);
    }
    /// Both together.
    kept_view keep(view const& knows, kept_view inherited)
    {
        std::span<int const> const all = knows.all();
        std::size_t const begin = kept_.size();
        kept_.resize(begin + std::max(all.size(), inherited.size), unseen);
        std::ranges::copy(all, kept_.begin() + static_cast<std::ptrdiff_t>(begin));
        for (std::size_t i = 0; i != inherited.size; ++i)
            kept_[begin + i] = std::max(kept_[begin + i], kept_[inherited.begin + i]);
        return {begin, kept_.size() - begin};
    }

    std::size_t find(request const& what)
    {
        auto const [at, is_new] = by_address_.try_emplace(what.where, location_count_);
        if (!is_new) return at->second;
        add_location(what.initial);
        auto const* const address = static_cast<char const*>(what.where);
        auto after = regions_.upper_bound(address);
        bool const is_owned =
            after != regions_.begin() && address < std::prev(after)->first + std::prev(after)->second.size;
        if (is_owned) {  // known to whoever knows the memory that it stands in
            stands_in_[at->second] = std::prev(after)->second.location;
        } else {
            for (auto& each : threads_)
                each.knows.raise(at->second, 0);
        }
        return at->second;
    }

    answer apply(request const& what)
    {
        if (what.how == access::lock || what.how == access::unlock) return apply_to_lock(what);
        std::size_t const where = find(what);
        if (is_draining_) return drain(locations_[where].messages.back().value, what);
        view& knows = me().knows;
        if (auto const in = stands_in_.find(where); in != stands_in_.end() && knows.of(in->second) != unseen)
            knows.raise(where, 0);
        if (knows.of(where) == unseen) {
            fail("memory is used before its construction is known: " + to_text(what.source));
            knows.raise(where, 0);
        }
        auto& messages = locations_[where].messages;
        int const newest = static_cast<int>(messages.size()) - 1;
        if (what.how == access::store) {
            if (knows.of(where) != newest) fail("two stores without an order: " + to_text(what.source));
            return write(where, what, what.operand, {});
        }
        if (what.how == access::load) return read(where, pick_message(knows.of(where), newest), what.order);
        if (what.how == access::wait) return read(where, pick_other(where, what.expected), what.order);
        if (!what.has_expected) {
            auto const old = messages.back();
            auto const got = read(where, newest, what.order);
            write(where, what, what.change(old.value, what.operand), old.released);
            return {got.value, true};
        }
        return compare_exchange(where, what);
    }

    /// Nobody looks any more: the newest value, without views.
    static answer drain(std::uint64_t& newest, request const& what)
    {
        std::uint64_t const old = newest;
        bool const is_read = what.how == access::load || what.how == access::wait;
        if (is_read || (what.has_expected && old != what.expected)) return {old, false};
        newest = what.change == nullptr ? what.operand : what.change(old, what.operand);
        return {old, true};
    }

    answer compare_exchange(std::size_t where, request const& what)
    {
        auto& messages = locations_[where].messages;
        int const newest = static_cast<int>(messages.size()) - 1;
        std::vector<int> seen;  // what it may read: the expected value only where it is the newest
        for (int i = newest; i >= me().knows.of(where); --i)
            if (i == newest || messages[static_cast<std::size_t>(i)].value != what.expected)
                seen.push_back(i);
        int const at = seen[is_draining_ || current_ == nobody ? 0 : choose(seen.size())];
        if (messages[static_cast<std::size_t>(at)].value != what.expected)
            return read(where, at, what.failure_order);
        auto const old = messages.back();
        auto const got = read(where, newest, what.order);
        write(where, what, what.operand, old.released);
        return {got.value, true};
    }

    /// Of what may be read, something else than this; the newest is.
    int pick_other(std::size_t where, std::uint64_t than)
    {
        auto const& messages = locations_[where].messages;
        std::vector<int> seen;
        for (int i = static_cast<int>(messages.size()) - 1; i >= me().knows.of(where); --i)
            if (messages[static_cast<std::size_t>(i)].value != than) seen.push_back(i);
        return seen[choose(seen.size())];
    }

    int pick_message(int oldest, int newest)
    {
        if (is_draining_ || current_ == nobody) return newest;
        return newest - static_cast<int>(choose(static_cast<std::size_t>(newest - oldest + 1)));
    }

    answer read(std::size_t where, int at, std::memory_order order)
    {
        message const& seen = locations_[where].messages[static_cast<std::size_t>(at)];
        me().knows.raise(where, at);
        if (acquires(order)) me().knows.raise(view_of(seen.released));
        return {seen.value, false};
    }

    /// `inherited`: what a read_modify_write passes on of the release that it continues.
    answer write(std::size_t where, request const& what, std::uint64_t value, kept_view inherited)
    {
        auto& messages = locations_[where].messages;
        me().knows.raise(where, static_cast<int>(messages.size()));
        if (releases(what.order)) inherited = keep(me().knows, inherited);
        messages.push_back({value, inherited});
        return {value, true};
    }

    answer apply_to_lock(request const& what)
    {
        lock_state& lock = locks_[what.where];
        lock.is_held = what.how == access::lock;
        if (lock.is_held)
            me().knows.raise(lock.released);
        else
            lock.released = me().knows;
        return {0, false};
    }

    void note(request& what)
    {
        what.order = noted(what.source, what.order, false);
        if (what.how == access::read_modify_write && what.has_expected)
            what.failure_order = noted(what.source, what.failure_order, true);
    }
    /// Notes the site of a strong access; weakens the weakened one.
    std::memory_order noted(std::source_location const& source, std::memory_order order, bool is_of_failure)
    {
        if (order == std::memory_order_relaxed) return order;
        auto const [known, is_new] = orders_.try_emplace(
            {source.file_name(), source.line(), source.column(), is_of_failure, order}, order);
        if (is_new) {
            site const at{name_of(source), source.line(),          source.column(),
                          is_of_failure,   source.function_name(), order};
            result_.sites.insert(at);
            if (at == weakened_) known->second = weakened_.order;
        }
        return known->second;
    }

    static std::string name_of(std::source_location const& source)
    {
        std::string const path = source.file_name();
        return path.substr(path.rfind('/') + 1);
    }
    static std::string to_text(std::source_location const& source)
    {
        return name_of(source) + ":" + std::to_string(source.line());
    }

    program const& program_;
    site weakened_;
    result result_;
    std::map<std::tuple<void const*, unsigned, unsigned, bool, std::memory_order>, std::memory_order> orders_;

    std::vector<choice> trail_;
    std::size_t at_ = 0;

    // Of one execution.
    std::vector<thread> threads_;
    std::vector<bool> has_begun_;
    ucontext_t main_{};
    std::size_t current_ = nobody;
    std::uint64_t asleep_ = 0;
    std::size_t drained_ = 0;
    bool is_draining_ = false;
    std::vector<location> locations_;
    std::size_t location_count_ = 0;
    std::vector<int> kept_;  // views of messages, one behind the other
    std::unordered_map<void const*, std::size_t> by_address_;
    std::unordered_map<std::size_t, std::size_t> stands_in_;
    std::map<char const*, region> regions_;
    std::unordered_map<void const*, lock_state> locks_;
};

explorer* now = nullptr;  // while one runs

void explorer::begin() { now->body(); }

}  // namespace

result explore(program const& all, site const& weakened)
{
    explorer one(all, weakened);
    now = &one;
    auto out = one.run();
    now = nullptr;
    return out;
}

void check(bool holds, char const* what)
{
    if (!holds) now->fail(what);
}

namespace detail {

answer perform(request const& what)
{
    return now != nullptr ? now->perform(what) : answer{what.initial, false};
}
void construct(void const* where, std::uint64_t value)
{
    if (now != nullptr) now->construct(where, value);
}
void destroy(void const* where) noexcept
{
    if (now != nullptr) now->destroy(where);
}
void own(void const* begin, std::size_t size)
{
    if (now != nullptr) now->own(begin, size);
}
void disown(void const* begin) noexcept
{
    if (now != nullptr) now->disown(begin);
}

}  // namespace detail
}  // namespace model
