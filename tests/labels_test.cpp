// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/labels.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using iafmetrics::labels_view;

TEST_CASE("labels_view: gives back the names and values that were appended")
{
    std::vector<std::pair<std::string, std::string>> const given{
        {"a", ""}, {"b", "\\n\"\n,c=\""}, {"d", "}{ \xC3\xA4"}, {"e", "\\"}};
    std::string text;
    for (auto const& [name, value] : given)
        iafmetrics::detail::append_label(text, name, value);
    std::vector<std::pair<std::string, std::string>> seen;
    labels_view(text).for_each(
        [&](std::string_view name, std::string_view value) { seen.emplace_back(name, value); });
    CHECK(seen == given);
}

TEST_CASE("labels_view: of nothing calls nothing")
{
    labels_view().for_each([](std::string_view, std::string_view) { FAIL("called"); });
}
