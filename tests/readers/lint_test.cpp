// SPDX-License-Identifier: Apache-2.0
// testing::lint says what `promtool check metrics` says, about the same pages.
#include <iafmetrics/testing/lint.hpp>

#include <doctest/doctest.h>

#include "reading.hpp"

#include <set>
#include <string>
#include <vector>

using namespace iafmetrics;

namespace {

/// promtool ends with status 3 where it has remarks, and repeats one for each series of a metric.
std::set<std::string> remarks_of_promtool(std::string const& page)
{
    temporary_file const file(page);
    return lines_of(
        run("promtool check metrics < " + file.path.string() + " 2>&1; test $? -eq 0 -o $? -eq 3"));
}

}  // namespace

TEST_CASE("lint: as promtool, about every rule of its, kept and broken")
{
    for (std::string const page : {
             "# HELP orders_total Orders.\n# TYPE orders_total counter\norders_total 1\n",
             "# TYPE orders_total counter\norders_total 1\n",
             "# HELP orders_total \n# TYPE orders_total counter\norders_total 1\n",
             "orders 1\n",
             "orders_total 1\n",
             "# HELP orders O.\n# TYPE orders counter\norders 1\n",
             "# HELP orders_total O.\n# TYPE orders_total gauge\norders_total 1\n",
             "# HELP orders_total O.\n# TYPE orders_total untyped\norders_total 1\n",
             "# HELP a_bucket A.\n# TYPE a_bucket gauge\na_bucket 1\n",
             "# HELP a_count A.\n# TYPE a_count gauge\na_count 1\n",
             "# HELP a_sum A.\n# TYPE a_sum gauge\na_sum 1\n",
             "# HELP a_sum A.\n# TYPE a_sum untyped\na_sum{le=\"1\",quantile=\"1\"} 1\n",
             "# HELP a_total A.\n# TYPE a_total counter\na_total{le=\"1\"} 1\na_total{quantile=\"1\"} 1\n",
             "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 1\na_sum "
             "1\na_count 1\n",
             "# HELP a_sum A.\n# TYPE a_sum histogram\na_sum_bucket{le=\"+Inf\"} 1\na_sum_sum 1\na_sum_count "
             "1\n",
             "# HELP a A.\n# TYPE a summary\na{quantile=\"0.5\"} 1\na_sum 1\na_count 1\n",
             "# HELP a_bucket A.\n# TYPE a_bucket summary\na_bucket_sum 1\na_bucket_count 1\n",
             "# HELP a:b A.\n# TYPE a:b gauge\na:b 1\n",
             "# HELP aB A.\n# TYPE aB gauge\naB{cD=\"1\"} 1\n",
             "# HELP Ab_C A.\n# TYPE Ab_C gauge\nAb_C{De=\"1\"} 1\n",
             "# HELP my_gauge A.\n# TYPE my_gauge gauge\nmy_gauge 1\n",
             "# HELP my_Counter_of_things A.\n# TYPE my_Counter_of_things gauge\nmy_Counter_of_things 1\n",
             "# HELP counter_of A.\n# TYPE counter_of gauge\ncounter_of 1\n",
             "# HELP a_untyped A.\n# TYPE a_untyped gauge\na_untyped 1\n",
         }) {
        CAPTURE(page);
        CHECK(lines_of(testing::lint(page)) == remarks_of_promtool(page));
    }
}

TEST_CASE("lint: as promtool, about every unit with every prefix, and every abbreviation")
{
    std::string page;
    int number = 0;
    auto const add = [&](std::string const& word) {
        std::string const name = "n" + std::to_string(number++) + "_" + word;
        for (std::string const& each : {name, name + "_x"})
            page.append("# HELP ")
                .append(each)
                .append(" A.\n# TYPE ")
                .append(each)
                .append(" gauge\n")
                .append(each)
                .append(" 1\n");
    };
    std::vector<std::string> const prefixes{"",     "pico",  "nano", "micro", "milli", "centi", "deci",
                                            "deca", "hecto", "kilo", "kibi",  "mega",  "mibi",  "mebi",
                                            "giga", "gibi",  "tera", "tebi",  "peta",  "pebi"};
    for (char const* unit :
         {"amperes",  "bytes",      "celsius", "grams",        "joules", "kelvin", "meters",
          "metres",   "seconds",    "volts",   "minutes",      "hours",  "days",   "weeks",
          "kelvins",  "fahrenheit", "rankine", "inches",       "yards",  "miles",  "bits",
          "calories", "pounds",     "ounces",  "thermometers", "ratio",  "percent"})
        for (std::string const& prefix : prefixes)
            add(prefix + unit);
    for (char const* word :
         {"s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d", "MB", "x", "min"})
        add(word);
    auto const ours = lines_of(testing::lint(page));
    CHECK(ours.size() > 700);
    CHECK(ours == remarks_of_promtool(page));
}
