// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/collectors/build_info.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>

#include <doctest/doctest.h>

#include <string>

TEST_CASE("build_info: is one line with version, revision and compiler")
{
    iafmetrics::registry r;
    r.add(iafmetrics::collectors::build_info<"shop">{"1.2.3", "4f5\"e6"});
    std::string const page = iafmetrics::exposition::text(r);
    CHECK(page.find("# TYPE shop_build_info gauge\n"
                    "shop_build_info{version=\"1.2.3\",revision=\"4f5\\\"e6\",compiler=\"") !=
          std::string::npos);
#if defined(__clang__)
    CHECK(page.find("compiler=\"clang " + std::to_string(__clang_major__) + ".") != std::string::npos);
#else
    CHECK(page.find("compiler=\"gcc " + std::to_string(__GNUC__) + ".") != std::string::npos);
#endif
    CHECK(page.find("iafmetrics_collector_errors_total 0\n") != std::string::npos);
    CHECK(page.find("branch=") == std::string::npos);
    CHECK(page.find("build_type=") == std::string::npos);
}

TEST_CASE("build_info: shows the branch and type of the build where they are given, and the system")
{
    iafmetrics::registry r;
    r.add(iafmetrics::collectors::build_info<"shop">{
        {.version = "1.2.3", .revision = "4f5e6d7", .branch = "main", .type = "Release"}});
    std::string const page = iafmetrics::exposition::text(r);
    CHECK(page.find(
              "{version=\"1.2.3\",revision=\"4f5e6d7\",branch=\"main\",build_type=\"Release\",compiler=") !=
          std::string::npos);
#if defined(__linux__)
    CHECK(page.find(",os=\"linux\",arch=\"") != std::string::npos);
#endif
}
