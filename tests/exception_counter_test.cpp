// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exception_counter.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <type_traits>

using iafmetrics::count_exceptions;
using iafmetrics::counter;
using iafmetrics::exception_counter;

TEST_CASE("exception_counter: counts a scope that an exception leaves and no other")
{
    counter failures;
    {
        exception_counter const watched{failures};
    }
    CHECK(failures.value().as_unsigned() == 0);
    CHECK_THROWS_AS(
        [&] {
            exception_counter const watched{failures};
            throw std::runtime_error("refused");
        }(),
        std::runtime_error);
    CHECK(failures.value().as_unsigned() == 1);
}

TEST_CASE("exception_counter: a scope that ends well while another exception is in flight is not counted")
{
    counter failures;
    struct cleaner {
        counter& failures;
        ~cleaner() { exception_counter const watched{failures}; }
    };
    try {
        cleaner const at_end{failures};
        throw std::runtime_error("elsewhere");
    } catch (std::runtime_error const&) {
        CHECK(failures.value().as_unsigned() == 0);
    }
}

TEST_CASE("count_exceptions: passes results and exceptions through, and counts the type asked for")
{
    counter failures;
    CHECK(count_exceptions(failures, [] { return std::make_unique<int>(7); }) != nullptr);
    int place = 1;
    static_assert(
        std::is_same_v<decltype(count_exceptions(failures, [&]() -> int& { return place; })), int&>);
    CHECK_THROWS_AS(count_exceptions(failures, [] { throw 5; }), int);
    CHECK(failures.value().as_unsigned() == 1);
    CHECK_THROWS_AS(
        count_exceptions<std::logic_error>(failures, [] { throw std::invalid_argument("derived"); }),
        std::invalid_argument);
    CHECK(failures.value().as_unsigned() == 2);
    CHECK_THROWS_AS(count_exceptions<std::logic_error>(failures, [] { throw std::runtime_error("other"); }),
                    std::runtime_error);
    CHECK(failures.value().as_unsigned() == 2);
}
