// SPDX-License-Identifier: Apache-2.0
// written: what a writer makes of visits that no registry makes.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

///     written<exposition::openmetrics_writer>([](visitor& out) { out.begin_family(…); }, options…)
template <template <std::invocable<std::string_view>> class Writer, class Visit, class... Options>
std::string written(Visit&& visit, Options const&... options)
{
    std::string page;
    auto const sink = [&](std::string_view piece) { page += piece; };
    Writer<decltype(sink)> writer(sink, options...);
    visit(writer);
    writer.finish();
    return page;
}
