// SPDX-License-Identifier: Apache-2.0
// docs/push.md: its lines, compiled. With the URL of a Pushgateway it pushes; without one it says so, and ends well.
#include <iafmetrics/beast/push.hpp>
#include <iafmetrics/beast/push_tls.hpp>
#include <iafmetrics/exposition/textfile.hpp>
#include <iafmetrics/iafmetrics.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdio>
#include <string>

void over_tls(iafmetrics::registry& registry, std::string const& secret)
{
    iafmetrics::beast::tls_push_gateway const gateway{
        "https://push.example:9091",
        {.job = "nightly_import", .user = "batch", .password = secret},
        {.ca = {.file = "/etc/iaf/ca.crt"}}};
    if (auto const pushed = gateway.push(registry); !pushed)
        std::fprintf(stderr, "%s\n", pushed.message.c_str());
}

boost::asio::awaitable<void> from_a_coroutine(iafmetrics::beast::push_gateway const& gateway,
                                              iafmetrics::registry& registry)
{
    auto const executor = co_await boost::asio::this_coro::executor;
    auto const pushed = co_await gateway.async_push(executor, registry, boost::asio::use_awaitable);
    if (!pushed) std::fprintf(stderr, "%s\n", pushed.message.c_str());
}

int to_a_file(iafmetrics::registry& registry)
{
    iafmetrics::registry job = registry.sub({.labels = {{"batch", "nightly_import"}}});
    job.add(iafmetrics::gauge_spec{iafmetrics::run_time, "batch_rows", "Rows of the last run."}).set(3);
    auto const written = iafmetrics::exposition::write_textfile(
        registry, "/var/lib/prometheus/node-exporter/nightly_import.prom");
    if (!written) std::fprintf(stderr, "%s\n", written.message.c_str());
    return written ? 0 : 1;
}

int main(int argc, char** argv)
{
    iafmetrics::registry registry;
    iafmetrics::beast::push_gateway const gateway{
        argc > 1 ? argv[1] : "http://127.0.0.1:9091",
        {.job = "nightly_import", .grouping = {{"instance", "eu/1"}}}};
    auto const pushed = gateway.push(registry);  // PUT: the group has these metrics and no others
    if (!pushed) std::printf("%s\n", pushed.message.c_str());
    (void)gateway.push_add(registry);  // POST: metrics of other names stay
    (void)gateway.remove();            // DELETE: the group is gone
}
