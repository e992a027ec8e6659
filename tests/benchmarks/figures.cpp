// SPDX-License-Identifier: Apache-2.0
// bench_figures ROW ours|peer|floor: measures what is no time of an operation, in a process of its own, and prints lines of
// a row's name, its number of threads and its value.
#include <iafmetrics/exposition/text.hpp>

#include <prometheus/family.h>
#include <prometheus/text_serializer.h>

#include "inputs.hpp"
#include "pages.hpp"
#include <malloc.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// Every allocation of the process is counted, those of shared libraries too.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace {

std::atomic<std::uint64_t> allocations{0};

}  // namespace

extern "C" {
void* malloc(std::size_t size)
{
    allocations.fetch_add(1, std::memory_order_relaxed);
    return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size)
{
    allocations.fetch_add(1, std::memory_order_relaxed);
    return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size)
{
    allocations.fetch_add(1, std::memory_order_relaxed);
    return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size)
{
    allocations.fetch_add(1, std::memory_order_relaxed);
    return __libc_memalign(alignment, size);
}
}

namespace {

using namespace iafmetrics;
using clock = std::chrono::steady_clock;

void print(std::string_view row, int threads, double value)
{
    std::printf("%.*s %d %.6g\n", static_cast<int>(row.size()), row.data(), threads, value);
}

/// What the heap holds, in every arena and in mappings of its own; the allocator's headers included.
double heap_bytes()
{
    struct mallinfo2 const now = ::mallinfo2();
    return static_cast<double>(now.uordblks + now.hblkhd);
}

/// What a page shows between the braces of all lines.
double label_text_bytes(std::string_view page)
{
    std::size_t sum = 0;
    for (std::size_t at = page.find('{'); at != std::string_view::npos; at = page.find('{', at + 1))
        sum += page.find("} ", at) - at - 1;
    return static_cast<double>(sum);
}

constexpr int many = 100'000;

/// Heap per series at four threads that wrote all of them and live, and what each of four further threads adds.
void bytes_of_ours()
{
    double const before = heap_bytes();
    registry metrics;
    auto& family = pages::add_counters(metrics);
    constexpr int threads = 8;
    std::barrier step(threads + 1);
    std::vector<std::thread> writers;
    for (int t = 0; t != threads; ++t)
        writers.emplace_back([&, t] {
            for (int turn = 0; turn != threads; ++turn) {
                if (turn == t)
                    for (int i = 0; i != many; ++i)
                        family.with("GET", inputs::path_of(i), 200).increment();
                step.arrive_and_wait();
            }
        });
    double at_four = 0;
    for (int turn = 0; turn != threads; ++turn) {
        step.arrive_and_wait();
        if (turn == 3) at_four = heap_bytes();
    }
    for (auto& writer : writers)
        writer.join();
    double const at_eight = heap_bytes();
    double const text = label_text_bytes(exposition::text(metrics));
    print("bytes_per_series", 4, (at_four - before - text) / many);
    print("bytes_per_series_further_thread", 1, (at_eight - at_four) / 4 / many);
}

void bytes_of_peer()
{
    double const before = heap_bytes();
    prometheus::Registry metrics;
    pages::add_peer_counters(metrics, many);
    double const after = heap_bytes();
    double const text = label_text_bytes(prometheus::TextSerializer().Serialize(metrics.Collect()));
    print("bytes_per_series", 4, (after - before - text) / many);
    print("bytes_per_series_further_thread", 1, 0);
}

void scrape(registry const& metrics)
{
    exposition::write_text(metrics, [](std::string_view piece) {
        if (piece.empty()) std::abort();
    });
}
void scrape(prometheus::Registry const& metrics)
{
    if (prometheus::TextSerializer().Serialize(metrics.Collect()).empty()) std::abort();
}

template <class Registry>
std::uint64_t allocations_of_a_scrape(Registry const& metrics)
{
    scrape(metrics);
    std::uint64_t const before = allocations;
    scrape(metrics);
    return allocations - before;
}

/// The slope between a small page and a large one: what a scrape allocates once is not a series'.
template <class Make>
void allocations_of(Make make)
{
    auto const small = allocations_of_a_scrape(make(many / 10));
    auto const large = allocations_of_a_scrape(make(many));
    print("allocations_per_series", 1, static_cast<double>(large - small) / (many - many / 10));
}

/// The longest that `make_series` took while `scrape` runs without a pause on another thread. One call in 100
/// microseconds, for three seconds: it meets many scrapes, and hardly makes the page larger.
void stall_of(std::function<void()> const& scrape_once, std::function<void(int)> const& make_series)
{
    std::atomic<bool> is_over{false};
    std::atomic<int> scrapes{0};
    std::thread scraper([&] {
        for (; !is_over; ++scrapes)
            scrape_once();
    });
    while (scrapes == 0)
        std::this_thread::yield();
    double longest = 0;
    auto const begin = clock::now();
    auto next = begin;
    for (int i = 0; clock::now() - begin < std::chrono::seconds(3); ++i) {
        next += std::chrono::microseconds(100);
        while (clock::now() < next) {}
        auto const start = clock::now();
        make_series(many + i);
        double const took = std::chrono::duration<double, std::milli>(clock::now() - start).count();
        if (took > longest) longest = took;
    }
    is_over = true;
    scraper.join();
    print("new_series_stall", 1, longest);
}

void stall_of_ours(bool makes_series)
{
    registry metrics;
    auto& family = pages::add_counters(metrics);
    pages::write_counters(family, many, 2);
    stall_of([&] { scrape(metrics); },
             [&](int i) {
                 std::string const path = inputs::path_of(i);
                 if (makes_series) family.with("GET", path, 200).increment();
             });
}

void stall_of_peer()
{
    prometheus::Registry metrics;
    auto& family = pages::add_peer_counters(metrics, many);
    stall_of([&] { scrape(metrics); },
             [&](int i) {
                 family.Add({{"method", "GET"}, {"path", inputs::path_of(i)}, {"status", "200"}}).Increment();
             });
}

int usage()
{
    std::fputs("bench_figures bytes|allocations|stall ours|peer, or stall floor\n", stderr);
    return 2;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 3) return usage();
    std::string_view const row = argv[1];
    std::string_view const who = argv[2];
    bool const is_ours = who == "ours";
    if (row == "stall" && who == "floor")
        stall_of_ours(false);
    else if (who != "ours" && who != "peer")
        return usage();
    else if (row == "bytes")
        is_ours ? bytes_of_ours() : bytes_of_peer();
    else if (row == "allocations" && is_ours)
        allocations_of([](int series) -> auto& { return pages::counters(series, 2); });
    else if (row == "allocations")
        allocations_of([](int series) -> auto& { return pages::peer_counters(series); });
    else if (row == "stall")
        is_ours ? stall_of_ours(true) : stall_of_peer();
    else
        return usage();
    return 0;
}
