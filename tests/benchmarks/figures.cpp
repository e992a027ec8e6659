// SPDX-License-Identifier: Apache-2.0
// bench_figures ROW ours|peer|floor: measures what is no time of an operation, in a process of its own, and prints lines of
// a row's name, its number of threads, its value, and the part of the time in which threads had no core.
#include <iafmetrics/exposition/text.hpp>

#include <prometheus/family.h>
#include <prometheus/text_serializer.h>

#include "inputs.hpp"
#include "pages.hpp"
#include "waiting.hpp"
#include <malloc.h>

#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
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

void print(std::string_view row, int threads, double value, double waited = 0)
{
    std::printf("%.*s %d %.6g %.3f\n", static_cast<int>(row.size()), row.data(), threads, value, waited);
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

enum class method : std::uint8_t { get, put };
constexpr std::string_view to_label_value(method m) { return m == method::get ? "GET" : "PUT"; }

/// 100,000 of them.
enum class item : std::uint32_t {};
std::vector<std::string> const& item_texts()
{
    static std::vector<std::string> const texts = [] {
        std::vector<std::string> made;
        made.reserve(many);  // a large block that is freed would change how malloc gets the next ones
        for (int i = 0; i != many; ++i)
            made.push_back(inputs::path_of(i));
        return made;
    }();
    return texts;
}
std::string_view to_label_value(item one) { return item_texts()[static_cast<std::size_t>(one)]; }

/// The i-th counter of a family, found by values of one kind.
constexpr auto by_texts = [](pages::counter_family& family, int i) -> counter& {
    return family.with("GET", inputs::path_of(i), 200);
};
constexpr auto by_enumerators = [](pages::counter_family& family, int i) -> counter& {
    return family.with(method::get, static_cast<item>(i), 200);
};
constexpr auto by_integers = [](pages::counter_family& family, int i) -> counter& {
    return family.with(i % 16, i, 200);
};

/// Eight threads that live; after() runs each time that one more of them has written each series.
template <class Find, class After>
void write_in_turn(pages::counter_family& family, Find find, After after)
{
    constexpr int threads = 8;
    std::barrier step(threads + 1);
    std::vector<std::jthread> writers;
    for (int t = 0; t != threads; ++t)
        writers.emplace_back([&, t] {
            for (int turn = 0; turn != threads; ++turn) {
                for (int i = 0; turn == t && i != many; ++i)
                    find(family, i).increment();
                step.arrive_and_wait();
                step.arrive_and_wait();
            }
        });
    for (int turn = 0; turn != threads; ++turn) {
        step.arrive_and_wait();
        after(turn + 1);
        step.arrive_and_wait();
    }
}

/// Heap per series at four threads that wrote all of them, without the text of the labels, and what each of four further
/// threads adds to it.
struct heap_of_series {
    double at_four = 0;
    double further = 0;
};
template <class Find>
heap_of_series heap_of_ours(Find find)
{
    double const before = heap_bytes();
    registry metrics;
    auto& family = pages::add_counters(metrics);
    std::array<double, 9> after{};
    write_in_turn(family, find,
                  [&](int threads) { after[static_cast<std::size_t>(threads)] = heap_bytes(); });
    double const text = label_text_bytes(exposition::text(metrics));
    return {(after[4] - before - text) / many, (after[8] - after[4]) / 4 / many};
}

template <class Labels>
double heap_of_peer(Labels labels_of)
{
    double const before = heap_bytes();
    prometheus::Registry metrics;
    auto& family = prometheus::BuildCounter().Name("http_requests_total").Help("Requests.").Register(metrics);
    for (int i = 0; i != many; ++i)
        family.Add(labels_of(i)).Increment();
    double const after = heap_bytes();
    double const text = label_text_bytes(prometheus::TextSerializer().Serialize(metrics.Collect()));
    return (after - before - text) / many;
}

std::map<std::string, std::string> peer_texts(int i)
{
    return {{"method", "GET"}, {"path", inputs::path_of(i)}, {"status", "200"}};
}
std::map<std::string, std::string> peer_integers(int i)
{
    return {{"method", std::to_string(i % 16)}, {"path", std::to_string(i)}, {"status", "200"}};
}

void print_bytes(bool is_ours)
{
    auto const [at_four, further] =
        is_ours ? heap_of_ours(by_texts) : heap_of_series{heap_of_peer(peer_texts), 0};
    print("bytes_per_series", 4, at_four);
    print("bytes_per_series_further_thread", 1, further);
}
void print_bytes_enum(bool is_ours)
{
    (void)item_texts();  // before anything is measured
    print("bytes_per_series_enum", 4,
          is_ours ? heap_of_ours(by_enumerators).at_four : heap_of_peer(peer_texts));
}
void print_bytes_integer(bool is_ours)
{
    print("bytes_per_series_integer", 4,
          is_ours ? heap_of_ours(by_integers).at_four : heap_of_peer(peer_integers));
}

/// Of this process, by its pages: what is reserved and was never written is not there.
double resident_bytes()
{
    std::ifstream rollup("/proc/self/smaps_rollup");
    for (std::string word; rollup >> word;)
        if (double kibibytes = 0; word == "Rss:" && rollup >> kibibytes) return kibibytes * 1024;
    return std::nan("");
}

void print_touched_bytes(bool is_ours)
{
    double further = 0;
    if (is_ours) {
        registry metrics;
        std::array<double, 9> after{};
        write_in_turn(pages::add_counters(metrics), by_texts,
                      [&](int threads) { after[static_cast<std::size_t>(threads)] = resident_bytes(); });
        further = (after[8] - after[4]) / 4 / many;
    }
    print("bytes_per_further_thread", 1, further);
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
void print_allocations(std::string_view row, int large, Make make)
{
    auto const of_small = allocations_of_a_scrape(make(large / 10));
    auto const of_large = allocations_of_a_scrape(make(large));
    print(row, 1, static_cast<double>(of_large - of_small) / (large - large / 10));
}

void print_allocations_per_series(bool is_ours)
{
    if (is_ours)
        print_allocations("allocations_per_series", many,
                          [](int series) -> auto& { return pages::counters(series, 2); });
    else
        print_allocations("allocations_per_series", many,
                          [](int series) -> auto& { return pages::peer_counters(series); });
}
void print_allocations_per_family(bool is_ours)
{
    if (is_ours)
        print_allocations("allocations_per_family", 2000,
                          [](int all) -> auto& { return pages::families(all / 2, all / 2); });
    else
        print_allocations("allocations_per_family", 2000,
                          [](int all) -> auto& { return pages::peer_families(all / 2, all / 2); });
}

/// The longest that `make_series` took while `scrape` runs without a pause on another thread. One call in 100
/// microseconds, for three seconds: it meets many scrapes, and hardly makes the page larger. Prints the part of that call in
/// which it, or the scrape that it may have waited for, had no core, too.
void print_stall(std::string_view row,
                 std::function<void()> const& scrape_once,
                 std::function<void(int)> const& make_series)
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
    double waited = 0;
    auto const begin = clock::now();
    auto next = begin;
    for (int i = 0; clock::now() - begin < std::chrono::seconds(3); ++i) {
        next += std::chrono::microseconds(100);
        while (clock::now() < next) {}
        double const waited_before = waiting::of_process().value_or(0);
        auto const start = clock::now();
        make_series(many + i);
        double const took = std::chrono::duration<double, std::milli>(clock::now() - start).count();
        if (took <= longest) continue;
        longest = took;
        waited = (waiting::of_process().value_or(0) - waited_before) * 1e-6;
    }
    is_over = true;
    scraper.join();
    print(row, 1, longest, waited / longest);
}

void print_stall_of_ours(std::string_view row,
                         registry const& metrics,
                         pages::counter_family& family,
                         bool makes_series)
{
    print_stall(
        row, [&] { scrape(metrics); },
        [&](int i) {
            std::string const path = inputs::path_of(i);
            if (makes_series) family.with("GET", path, 200).increment();
        });
}
void print_stall_of_peer(std::string_view row,
                         prometheus::Registry const& metrics,
                         prometheus::Family<prometheus::Counter>& family)
{
    print_stall(row, [&] { scrape(metrics); }, [&](int i) { family.Add(peer_texts(i)).Increment(); });
}

void print_stall_of_series(std::string_view who)
{
    constexpr std::string_view row = "new_series_stall";
    if (who == "peer") {
        prometheus::Registry metrics;
        return print_stall_of_peer(row, metrics, pages::add_peer_counters(metrics, many));
    }
    registry metrics;
    auto& family = pages::add_counters(metrics);
    pages::write_counters(family, many, 2);
    print_stall_of_ours(row, metrics, family, who == "ours");
}
void print_stall_of_families(std::string_view who)
{
    constexpr std::string_view row = "new_series_stall_10000_families";
    if (who == "peer") {
        auto& metrics = pages::peer_families(10'000, 0);
        return print_stall_of_peer(row, metrics, pages::add_peer_counters(metrics, 1));
    }
    auto& metrics = pages::families(10'000, 0);
    print_stall_of_ours(row, metrics, pages::add_counters(metrics), who == "ours");
}

int usage()
{
    std::fputs("bench_figures bytes|bytes_enum|bytes_integer|touched_bytes|allocations|family_allocations "
               "ours|peer\n"
               "bench_figures stall|family_stall ours|peer|floor\n",
               stderr);
    return 2;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 3) return usage();
    std::string_view const figure = argv[1];
    std::string_view const who = argv[2];
    if (who != "ours" && who != "peer" && who != "floor") return usage();
    if (figure == "stall") return print_stall_of_series(who), 0;
    if (figure == "family_stall") return print_stall_of_families(who), 0;
    struct row {
        std::string_view figure;
        void (*print)(bool is_ours);
    };
    for (auto const& [name, print] :
         {row{"bytes", print_bytes}, row{"bytes_enum", print_bytes_enum},
          row{"bytes_integer", print_bytes_integer}, row{"touched_bytes", print_touched_bytes},
          row{"allocations", print_allocations_per_series},
          row{"family_allocations", print_allocations_per_family}})
        if (figure == name && who != "floor") return print(who == "ours"), 0;
    return usage();
}
