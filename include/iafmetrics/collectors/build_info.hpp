// SPDX-License-Identifier: Apache-2.0
// build_info: which build of a program runs.
#pragma once

#include <iafmetrics/collector.hpp>
#include <iafmetrics/detail/fixed_string.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
#if defined(__linux__)
inline constexpr std::string_view os = "linux";
#elif defined(__FreeBSD__)
inline constexpr std::string_view os = "freebsd";
#elif defined(__APPLE__)
inline constexpr std::string_view os = "darwin";
#else
inline constexpr std::string_view os = "other";
#endif
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

/// What only the build system knows. An empty branch or type is not shown.
struct build {
    std::string version;
    std::string revision{};
    std::string branch{};
    std::string type{};  ///< CMAKE_BUILD_TYPE: "Release"
};

/// Which build of a program runs, as <program>_build_info.
///
///     registry.add(iafmetrics::collectors::build_info<"shop">{"1.2.3", SHOP_REVISION});
///
///     shop_build_info{version="1.2.3",revision="4f5e6d7",compiler="gcc 12.2.0",standard="c++20",os="linux",arch="x86_64",assertions="off"} 1
///
///     registry.add(iafmetrics::collectors::build_info<"shop">{
///         {.version = "1.2.3", .revision = SHOP_REVISION, .branch = SHOP_BRANCH, .type = SHOP_BUILD_TYPE}});
///
/// Compiler, standard, system, architecture and assertions are those of the unit that includes this header.
template <detail::fixed_string Program>
class build_info {
public:
    static constexpr bool never_waits = true;

    explicit build_info(std::string version, std::string revision = {})
        : build_info(build{std::move(version), std::move(revision)})
    {}
    explicit build_info(build which) : build_(std::move(which))
    {
        static_assert(detail::is_metric_name(Program.view()),
                      "the program's name is the first part of a metric's");
    }

    void operator()(collector_output& out) const
    {
        out.begin(std::string(Program.view()) + "_build_info", "Build of this program.", metric_type::info);
        std::vector<collector_output::label> labels{{"version", build_.version},
                                                    {"revision", build_.revision}};
        if (!build_.branch.empty()) labels.emplace_back("branch", build_.branch);
        if (!build_.type.empty()) labels.emplace_back("build_type", build_.type);
        labels.insert(labels.end(), {{"compiler", detail::compiler},
                                     {"standard", detail::standard},
                                     {"os", detail::os},
                                     {"arch", detail::architecture},
                                     {"assertions", detail::assertions}});
        out.value(labels, 1);
    }

private:
    build build_;
};

}  // namespace collectors
}  // namespace iafmetrics::inline v0

#undef IAFMETRICS_VERSION_TEXT
#undef IAFMETRICS_TEXT_OF
