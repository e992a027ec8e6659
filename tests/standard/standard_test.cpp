// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/standard.hpp>
#include <iafmetrics/testing/fake_clock.hpp>

#include <doctest/doctest.h>

#include "../first_scrape.hpp"

#include <chrono>
#include <stdexcept>
#include <string>

using namespace iafmetrics;

namespace {

bool shows(registry const& r, std::string const& line)
{
    return ("\n" + exposition::text(r)).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("standard: what records and alerts read is at 0 in the first scrape")
{
    registry r;
    standard::http_metrics http{r};
    http.declare("GET", "/api/v1/orders");
    http.declare("GET", "/api/v1/orders/{order}");
    http.declare("POST", "/api/v1/orders", {500, 503});
    standard::database_metrics database{r};
    database.declare("select", "orders");
    standard::cache_metrics const cache{r, "orders"};
    standard::business_metrics const business{r, {"EUR", "USD"}};
    CHECK(test::series_at_zero(exposition::text(r)) == test::content_of(SERIES_AT_ZERO));
}

TEST_CASE("standard: a query is timed once and counted as an error when an exception passes it")
{
    registry r;
    standard::database_metrics database{r};
    {
        auto first = database.query("select", "orders");
        auto const second = std::move(first);
    }
    CHECK_THROWS([&] {
        auto const query = database.query("select", "orders");
        throw std::runtime_error("connection lost");
    }());
    database.query("select", "orders").fail();
    CHECK(shows(r, R"(db_query_duration_seconds_count{operation="select",table="orders"} 3)"));
    CHECK(shows(r, R"(db_query_errors_total{operation="select",table="orders"} 2)"));
}

TEST_CASE("standard: a set that cannot be whole registers nothing and names where it is made")
{
    registry r;
    r.add(gauge_spec<"x">{run_time, "db_connection_errors_total", "X.",
                          exemption{"the last of the database's"}});
    r.add(gauge_spec<"x">{run_time, "business_metric", "X."});
    r.add(gauge_spec<"x">{run_time, "cache_misses_total", "X.", exemption{"the last of the cache's"}});
    std::string const before = exposition::text(r);
    auto const refusal = [](auto make) {
        try {
            make();
        } catch (registration_error const& error) {
            std::string const why = error.what();
            return why.substr(why.rfind("this is"));
        }
        return std::string();
    };
    std::string const here = "standard_test.cpp:";
    CHECK(refusal([&] { standard::database_metrics{r}; }).find(here) != std::string::npos);
    CHECK(refusal([&] { standard::business_metrics{r}; }).find(here) != std::string::npos);
    CHECK(refusal([&] { standard::cache_metrics{r, "orders"}; }).find(here) != std::string::npos);
    CHECK(exposition::text(r) == before);
    r.add(counter_spec{run_time, "db_query_errors_total", "Another."});  // its name is free
    r.add(counter_spec{run_time, "cache_hits_total", "Another."});
    r.add(gauge_spec{run_time, "business_active_users", "Another."});
}

TEST_CASE("standard: a query's duration is that of the clock given")
{
    using namespace std::chrono_literals;
    registry r;
    standard::database_metrics database{r, testing::fake_clock{}};
    {
        auto const query = database.query("select", "orders");
        testing::fake_clock::advance(250ms);
    }
    CHECK(shows(r, R"(db_query_duration_seconds_sum{operation="select",table="orders"} 0.25)"));
}

TEST_CASE("standard: an unknown number of allowed connections is no number to divide by")
{
    registry r;
    standard::database_metrics database{r};
    CHECK(shows(r, "db_connections_max NaN"));
    database.connections_max.set(20);
    CHECK(shows(r, "db_connections_max 20"));
}

TEST_CASE("standard: a query within the handling of an exception is no error")
{
    struct on_unwind {
        standard::database_metrics& database;
        ~on_unwind() { auto const query = database.query("delete", "locks"); }
    };
    registry r;
    standard::database_metrics database{r};
    try {
        on_unwind const last{database};
        throw std::runtime_error("somebody else's");
    } catch (std::runtime_error const&) {}
    CHECK(shows(r, R"(db_query_errors_total{operation="delete",table="locks"} 0)"));
}

TEST_CASE("standard: a lookup is a hit or a miss of its cache")
{
    registry r;
    standard::cache_metrics sessions{r, "sessions"};
    standard::cache_metrics users{r, "users"};
    sessions.lookup(true);
    sessions.lookup(true);
    sessions.lookup(false);
    users.lookup(false);
    CHECK(shows(r, R"(cache_hits_total{cache_name="sessions"} 2)"));
    CHECK(shows(r, R"(cache_misses_total{cache_name="sessions"} 1)"));
    CHECK(shows(r, R"(cache_hits_total{cache_name="users"} 0)"));
    CHECK(shows(r, R"(cache_misses_total{cache_name="users"} 1)"));
}

TEST_CASE("standard: revenue adds fractions for each currency")
{
    registry r;
    standard::business_metrics business{r, {"EUR"}};
    business.transactions.increment();
    business.revenue.with("EUR").increment(12.5);
    business.revenue.with("USD").increment(3);
    business.active_users.with("1h").set(412);
    business.other.with("cart_items").set(7);
    CHECK(shows(r, "business_transactions_total 1"));
    CHECK(shows(r, R"(business_revenue_total{currency="EUR"} 12.5)"));
    CHECK(shows(r, R"(business_revenue_total{currency="USD"} 3)"));
    CHECK(shows(r, R"(business_active_users{window="1h"} 412)"));
    CHECK(shows(r, R"(business_metric{metric_name="cart_items"} 7)"));
}

TEST_CASE("standard: the sets of two parts of a program are the same series")
{
    registry r;
    standard::database_metrics one{r};
    standard::database_metrics other{r};
    one.connection_errors.increment();
    other.connection_errors.increment();
    CHECK(shows(r, "db_connection_errors_total 2"));
}
