// SPDX-License-Identifier: Apache-2.0
// held_function under every interleaving of calls and of one that ends it.
// clang-format off: the order of the first ones counts, see std_on_model.hpp
#include "std_on_model.hpp"
#ifdef __clang__
#    pragma clang diagnostic ignored "-Wkeyword-macro"
#endif
#define private public  // NOLINT: what a thread is in the middle of, for the threads of the model
#include <iafmetrics/detail/under_way.hpp>
#undef private
#include <iafmetrics/detail/held_function.hpp>
#include "std_again.hpp"
// clang-format on

#include <doctest/doctest.h>

#include "library_state.hpp"
#include "weakening.hpp"

using namespace iafmetrics::detail;

namespace {

class function final : public held_function {
public:
    void call(std::size_t which, bool does_retire = false)
    {
        call_unless_retired([&] {
            model::check(is_destroyed_.load(std::memory_order_relaxed) == 0, "what is called is there");
            begun_[which].store(1, std::memory_order_relaxed);
            if (does_retire) retire();
            model::check(is_destroyed_.load(std::memory_order_relaxed) == 0, "what is called is there");
            ended_[which].store(1, std::memory_order_relaxed);
        });
    }
    /// Of the calls that it has happened behind.
    [[nodiscard]] bool is_one_under_way(std::size_t other_than) const
    {
        for (std::size_t i = 0; i != begun_.size(); ++i)
            if (i != other_than &&
                begun_[i].load(std::memory_order_relaxed) != ended_[i].load(std::memory_order_relaxed))
                return true;
        return false;
    }

private:
    void destroy() noexcept override
    {
        model::check(!is_one_under_way(begun_.size()), "what a call did happened before the destruction");
        is_destroyed_.store(1, std::memory_order_relaxed);
    }

    model_std::atomic<std::uint64_t> is_destroyed_{0};
    std::array<model_std::atomic<std::uint64_t>, 2> begun_{};
    std::array<model_std::atomic<std::uint64_t>, 2> ended_{};
};

std::unique_ptr<function> called;
std::array<under_way*, 4> innermost{};

void retire()
{
    called->retire();
    model::check(!called->is_one_under_way(2), "retire() returns when no call is under way");
}

model::program of(std::vector<std::function<void()>> threads)
{
    return {.before =
                [] {
                    model::reset_library();
                    innermost = {};
                    called = std::make_unique<function>();
                },
            .threads = std::move(threads),
            .after = [] { called->call(0); },
            .end = [] { model::forget_library(called); },
            .switch_threads =
                [](std::size_t from, std::size_t to) {
                    model::switch_library_threads(from, to);
                    innermost[from] = under_way::innermost;
                    under_way::innermost = innermost[to];
                }};
}

model::program one_ends_what_another_calls()
{
    return of({[] { called->call(0); }, retire});
}
model::program one_ends_what_two_call()
{
    return of({[] { called->call(0); }, [] { called->call(1); }, retire});
}
/// It returns once nobody else is in the function, and leaves the destruction to the last owner.
model::program one_ends_what_it_is_called_by()
{
    return of({[] {
                   called->call(0, true);
                   model::check(!called->is_one_under_way(0),
                                "retire() returns when no other call is under way");
               },
               [] { called->call(1); }});
}

}  // namespace

TEST_CASE("held_function model: retire() returns when no other call is under way, and is never forgotten")
{
    model::check_every_execution(one_ends_what_another_calls());
    model::check_every_execution(one_ends_what_two_call());
    model::check_every_execution(one_ends_what_it_is_called_by());
}
