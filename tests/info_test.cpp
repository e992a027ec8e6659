// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/info.hpp>
#include <iafmetrics/registry.hpp>

#include <doctest/doctest.h>

using namespace iafmetrics;

namespace {
inline constexpr info_spec<"version", "revision"> shop_build{"shop_build_info", "What runs."};
}

TEST_CASE("info: is shown as a gauge of 1 with its labels")
{
    registry r;
    r.add(shop_build).with("1.2.3", "4f5e\"6d7");
    CHECK(exposition::text(r) == "# HELP shop_build_info What runs.\n# TYPE shop_build_info gauge\n"
                                 "shop_build_info{version=\"1.2.3\",revision=\"4f5e\\\"6d7\"} 1\n");
}

TEST_CASE("info: is an info to whoever visits the registry, for formats that know the type")
{
    struct : visitor {
        void begin_family(family_header const& family) override { type = family.type; }
        void value(labels_view, number now) override { shown = now.as_double(); }
        void histogram(labels_view, histogram_snapshot const&) override {}
        void summary(labels_view, summary_snapshot const&) override {}
        metric_type type{};
        double shown = 0;
    } seen;
    registry r;
    r.add(shop_build).with("1", "2");
    r.visit(seen);
    CHECK(seen.type == metric_type::info);
    CHECK(seen.shown == 1);
}
