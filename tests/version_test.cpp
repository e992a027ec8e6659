// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/iafmetrics.hpp>

#include <doctest/doctest.h>

TEST_CASE("version: is three numbers")
{
    static_assert(IAFMETRICS_VERSION_MAJOR >= 0 && IAFMETRICS_VERSION_MINOR >= 0 &&
                  IAFMETRICS_VERSION_PATCH >= 0);
}
