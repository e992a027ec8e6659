// SPDX-License-Identifier: Apache-2.0
// What the benchmarks feed to ours and to the peer alike.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace inputs {

/// A power of two, so that an index is masked: a division would cost more than what is measured.
inline constexpr std::size_t count = 65536;

/// A histogram of ten buckets and +Inf.
inline std::vector<double> const bounds{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5};

/// Values over four orders of magnitude, more of them than a branch predictor learns.
inline std::vector<double> const values = [] {
    std::mt19937_64 bits(1);
    std::uniform_real_distribution<double> exponent(-3, 1);
    std::vector<double> made(count);
    for (double& value : made)
        value = std::pow(10, exponent(bits));
    return made;
}();

/// Indexes below `end` in random order.
inline std::vector<std::uint32_t> random_order(std::size_t end)
{
    std::mt19937_64 bits(2);
    std::vector<std::uint32_t> made(count);
    for (auto& index : made)
        index = static_cast<std::uint32_t>(bits() % end);
    return made;
}

inline constexpr std::array<char const*, 4> methods{"GET", "POST", "PUT", "DELETE"};
inline constexpr std::array<char const*, 8> routes{"/api/v1/applications/{name}",
                                                   "/api/v1/applications",
                                                   "/api/v1/sessions/{id}",
                                                   "/api/v1/sessions",
                                                   "/api/v1/applications/{name}/logs",
                                                   "/api/v1/applications/{name}/metrics",
                                                   "/healthz",
                                                   "/api/v1/sources/{digest}"};
inline constexpr std::array<int, 4> statuses{200, 201, 404, 500};

struct labels {
    std::string method, path, status;
};

/// 128 or 1,000 different label sets of the usual kind.
inline std::vector<labels> label_sets(std::size_t size)
{
    std::vector<labels> made;
    for (std::size_t round = 0; made.size() < size; ++round)
        for (char const* const method : methods)
            for (char const* const route : routes)
                for (int const status : statuses)
                    if (made.size() < size)
                        made.push_back({method,
                                        round == 0
                                            ? route
                                            : std::string(route).append("/").append(std::to_string(round)),
                                        std::to_string(status)});
    return made;
}

/// The path of the i-th series of a large page.
inline std::string path_of(int i)
{
    std::array<char, 32> text{};
    int const size = std::snprintf(text.data(), text.size(), "/api/v1/item/%06d", i);
    return {text.data(), static_cast<std::size_t>(size)};
}

/// What the i-th counter of a large page has counted: six digits, mostly.
inline std::uint64_t count_of(int i) { return static_cast<std::uint64_t>(i) * 37 % 999'983; }

}  // namespace inputs
