// SPDX-License-Identifier: Apache-2.0
// build_info: which build of a program runs.
#pragma once

#include <iafmetrics/collector.hpp>
#include <iafmetrics/detail/fixed_string.hpp>

#include <string>
#include <string_view>
#include <utility>

#define IAFMETRICS_TEXT_OF(number) #number
#define IAFMETRICS_VERSION_TEXT(major, minor, patch)                                                         \
    IAFMETRICS_TEXT_OF(major) "." IAFMETRICS_TEXT_OF(minor) "." IAFMETRICS_TEXT_OF(patch)

namespace iafmetrics::inline v0 {
namespace detail {

#if defined(__clang__)
inline constexpr std::string_view compiler =
    "clang " IAFMETRICS_VERSION_TEXT(__clang_major__, __clang_minor__, __clang_patchlevel__);
#else
inline constexpr std::string_view compiler =
    "gcc " IAFMETRICS_VERSION_TEXT(__GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
inline constexpr std::string_view standard = __cplusplus > 202002L ? "c++23" : "c++20";
#if defined(__x86_64__)
inline constexpr std::string_view architecture = "x86_64";
#elif defined(__aarch64__)
inline constexpr std::string_view architecture = "aarch64";
#else
inline constexpr std::string_view architecture = "other";
#endif
#if defined(NDEBUG)
inline constexpr std::string_view assertions = "off";
#else
inline constexpr std::string_view assertions = "on";
#endif

}  // namespace detail

namespace collectors {

/// Which build of a program runs, as <program>_build_info.
///
///     registry.add(iafmetrics::collectors::build_info<"shop">{"1.2.3", SHOP_REVISION});
///
///     shop_build_info{version="1.2.3",revision="4f5e6d7",compiler="gcc 12.2.0",standard="c++20",arch="x86_64",assertions="off"} 1
///
/// Compiler, standard, architecture and assertions are those of the unit that includes this header.
template <detail::fixed_string Program>
class build_info {
public:
    explicit build_info(std::string version, std::string revision = {})
        : version_(std::move(version)), revision_(std::move(revision))
    {
        static_assert(detail::is_metric_name(Program.view()),
                      "the program's name is the first part of a metric's");
    }

    void operator()(collector_output& out) const
    {
        out.begin(std::string(Program.view()) + "_build_info", "Build of this program.", metric_type::info);
        out.value({{"version", version_},
                   {"revision", revision_},
                   {"compiler", detail::compiler},
                   {"standard", detail::standard},
                   {"arch", detail::architecture},
                   {"assertions", detail::assertions}},
                  1);
    }

private:
    std::string version_;
    std::string revision_;
};

}  // namespace collectors
}  // namespace iafmetrics::inline v0

#undef IAFMETRICS_VERSION_TEXT
#undef IAFMETRICS_TEXT_OF
