// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/state_set.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>

using namespace iafmetrics;

namespace {

enum class phase { pending, running, failed, forgotten };

constexpr std::string_view to_label_value(phase p)
{
    switch (p) {
    case phase::pending: return "Pending";
    case phase::running: return "Running";
    case phase::failed: return "Failed";
    case phase::forgotten: break;
    }
    return "Forgotten";
}

enum class unnamed { one };
[[maybe_unused]] std::string to_label_value(unnamed)
{
    return "a string of its own is gone before it is used";
}
static_assert(!named_enumerator<unnamed>);
static_assert(named_enumerator<phase>);

constexpr states phases{phase::pending, phase::running, phase::failed};
inline constexpr state_set_spec job_phase{"shop_job_phase", "Phase.", phases};
inline constexpr state_set_spec<phase, "job"> phase_by_job{"shop_job_phase", "Phase.", phases,
                                                           state_label{"phase"}, series_limit{1}};
inline constexpr state_set_spec features{"shop_features", "Features.", states{"beta", "dark_mode"}};

}  // namespace

TEST_CASE("state_set: shows each of its states, and all of them off before the first call")
{
    registry r;
    auto& job = r.add(job_phase);
    std::string const head = "# HELP shop_job_phase Phase.\n# TYPE shop_job_phase gauge\n";
    CHECK(exposition::text(r) == head + "shop_job_phase{shop_job_phase=\"Pending\"} 0\n"
                                        "shop_job_phase{shop_job_phase=\"Running\"} 0\n"
                                        "shop_job_phase{shop_job_phase=\"Failed\"} 0\n");
    job.change_to(phase::pending);
    job.change_to(phase::running);
    CHECK(exposition::text(r) == head + "shop_job_phase{shop_job_phase=\"Pending\"} 0\n"
                                        "shop_job_phase{shop_job_phase=\"Running\"} 1\n"
                                        "shop_job_phase{shop_job_phase=\"Failed\"} 0\n");
    CHECK(job.is_on(phase::running));
    CHECK_FALSE(job.is_on(phase::pending));
}

TEST_CASE("state_set: states given by name go on and off by themselves")
{
    registry r;
    auto& flags = r.add(features);
    flags.turn_on("beta");
    flags.turn_on(std::string("dark_mode"));
    flags.turn_off("beta");
    CHECK_FALSE(flags.is_on("beta"));
    CHECK(flags.is_on("dark_mode"));
}

TEST_CASE("state_set: the label of the state comes last, under the name that was asked for")
{
    registry r;
    auto& jobs = r.add(phase_by_job);
    jobs.with("nightly").change_to(phase::failed);
    jobs.with("weekly").change_to(phase::pending);  // beyond the limit
    CHECK(exposition::text(r).starts_with("# HELP shop_job_phase Phase.\n# TYPE shop_job_phase gauge\n"
                                          "shop_job_phase{job=\"nightly\",phase=\"Pending\"} 0\n"
                                          "shop_job_phase{job=\"nightly\",phase=\"Running\"} 0\n"
                                          "shop_job_phase{job=\"nightly\",phase=\"Failed\"} 1\n"
                                          "shop_job_phase{job=\"_other\",phase=\"Pending\"} 1\n"));
}

TEST_CASE("state_set: a state that was not declared changes nothing and is counted")
{
    registry r;
    auto& job = r.add(job_phase);
    job.change_to(phase::running);
    job.change_to(phase::forgotten);
    job.turn_on(phase::forgotten);
    job.turn_off(phase::forgotten);
    CHECK(job.is_on(phase::running));
    CHECK_FALSE(job.is_on(phase::forgotten));
    CHECK(job.refused() == 3);
}

TEST_CASE("state_set: another list of states is another declaration")
{
    registry r;
    r.add(features);
    CHECK_NOTHROW(r.add(features));
    CHECK_THROWS_AS(r.add(state_set_spec{run_time, "shop_features", "Features.", states{"beta"}}),
                    registration_error);
}

TEST_CASE("state_set: whoever looks sees exactly one state while another thread changes it")
{
    registry r;
    auto& job = r.add(job_phase);
    job.change_to(phase::pending);
    std::atomic<bool> done{false};
    std::jthread const writer([&] {
        for (int i = 0; i != 20'000; ++i)
            job.change_to(i % 2 == 0 ? phase::running : phase::failed);
        done = true;
    });
    struct : visitor {
        void begin_family(family_header const&) override {}
        void value(labels_view, number now) override { sum += now.as_double(); }
        void histogram(labels_view, histogram_snapshot const&) override {}
        void summary(labels_view, summary_snapshot const&) override {}
        double sum = 0;
    } seen;
    do {
        seen.sum = 0;
        r.visit(seen);
        REQUIRE(seen.sum == 1);
    } while (!done);
}

TEST_CASE("state_set: names that are strings are read where they stand")
{
    std::string const first(40, 'a');
    std::string const second(40, 'b');
    state_set_spec const flags{run_time, "shop_flags", "Flags.", states{first, second}};
    registry r;
    r.add(flags).turn_on(second);
    CHECK(exposition::text(r).find("shop_flags{shop_flags=\"" + second + "\"} 1") != std::string::npos);
}
