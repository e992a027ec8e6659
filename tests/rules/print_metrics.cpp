// SPDX-License-Identifier: Apache-2.0
// print_metrics: every metric that the code can expose, as docs/metrics.md shows it.
#include <iafmetrics/beast/middleware.hpp>
#include <iafmetrics/beast/scrape_metrics.hpp>
#include <iafmetrics/collectors/allocator.hpp>
#include <iafmetrics/collectors/build_info.hpp>
#include <iafmetrics/collectors/process.hpp>
#include <iafmetrics/collectors/process_details.hpp>
#include <iafmetrics/http/client_metrics.hpp>
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/platform.hpp>
#include <iafmetrics/standard.hpp>

#include <http_service/certificate_metrics.hpp>
#include <http_service/connection_metrics.hpp>
#include <http_service/refusals.hpp>
#include <http_service/web_config_metrics.hpp>

#include <controller/controller_metrics.hpp>
#include <sys/resource.h>

#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

using namespace iafmetrics;

namespace {

std::string_view name_of(metric_type type)
{
    switch (type) {
    case metric_type::counter: return "counter";
    case metric_type::gauge: return "gauge";
    case metric_type::histogram: return "histogram";
    case metric_type::summary: return "summary";
    case metric_type::untyped: return "untyped";
    case metric_type::info: return "info";
    case metric_type::state_set: return "state set";
    }
    return "?";
}

std::string text_of(double bound)
{
    char text[32];
    std::snprintf(text, sizeof text, "%g", bound);
    return text;
}

/// One line of the table per family: the labels and buckets are those of its first series.
class rows : public visitor {
public:
    void begin_family(family_header const& family) override
    {
        finish();
        name_ = family.name;
        type_ = name_of(family.type);
        help_ = family.help;
    }
    void value(labels_view labels, number) override { see(labels); }
    void summary(labels_view labels, summary_snapshot const&) override { see(labels); }
    void histogram(labels_view labels, histogram_snapshot const& snapshot) override
    {
        see(labels);
        buckets_.clear();
        for (double const bound : snapshot.bounds)
            buckets_ += (buckets_.empty() ? "" : " ") + text_of(bound);
    }

    /// name -> the rest of its line.
    std::map<std::string, std::string> const& all()
    {
        finish();
        return lines_;
    }

private:
    void see(labels_view labels)
    {
        labels_.clear();
        labels.for_each([this](std::string_view name, std::string_view) {
            labels_ += (labels_.empty() ? "`" : ", `") + std::string(name) + "`";
        });
    }
    void finish()
    {
        if (name_.empty()) return;
        lines_[name_] = type_ + " | " + labels_ + " | " + help_ + " | " + buckets_;
        for (std::string* text : {&name_, &type_, &help_, &labels_, &buckets_})
            text->clear();
    }

    std::string name_, type_, help_, labels_, buckets_;
    std::map<std::string, std::string> lines_;
};

void print(std::string_view title, std::string_view where, std::function<void(registry&)> const& make)
{
    registry r;
    make(r);
    std::printf("\n## %s\n\n%s\n\n| metric | type | labels | help | buckets |\n|---|---|---|---|---|\n",
                std::string(title).c_str(), std::string(where).c_str());
    rows seen;
    r.visit(seen, exposition::escaping_scheme::underscores, visit_deadline::in(60'000'000'000));
    for (auto const& [name, rest] : seen.all()) {
        bool const of_every = name.starts_with("iafmetrics_") && !name.starts_with("iafmetrics_http_") &&
                              !name.starts_with("iafmetrics_scrape_");
        if (of_every == (title == "Every registry"))
            std::printf("| `%s` | %s |\n", name.c_str(), rest.c_str());
    }
}

/// Requests of one kind; the metrics go with the function, what they registered stays.
void serve_one(http::request_metrics& requests)
{
    auto observed = requests.begin("GET");
    observed.route("/");
    observed.request_size(1);
    observed.response_size(1);
    observed.finish(200);
}

}  // namespace

int main()
{
    // A process shows a limit of its memory where there is one.
    rlimit memory{};
    if (getrlimit(RLIMIT_AS, &memory) == 0 && memory.rlim_cur == RLIM_INFINITY) {
        memory.rlim_cur = rlim_t{1} << 46;
        setrlimit(RLIMIT_AS, &memory);
    }
    std::puts("# Metrics\n\nEvery metric that the code can expose. Printed by the program print_metrics of "
              "tests/rules; "
              "a test compares.");
    print("IAF's platform",
          "`iafmetrics/platform.hpp`; the apiserver, the mcpserver and the controller show it.",
          [](registry& r) {
              (void)r.add(platform::sessions_total);
              (void)r.add(platform::sessions_active);
              (void)r.add(platform::applications_by_phase).with("Running");
              (void)r.add(platform::reconcile_duration);
              (void)r.add(controller::reconcile_errors_total);
              (void)r.add(platform::source_store_bytes);
              (void)r.add(platform::source_store_bytes_total);
              http::request_metrics requests{r, platform::api_request_duration};
              serve_one(requests);
          });
    print("Oversight's set", "`iafmetrics/standard.hpp`, for any service.", [](registry& r) {
        http::request_metrics served{r, standard::http_request_duration, http::body_sizes{}};
        serve_one(served);
        http::client_metrics asked{r, standard::http_client_request_duration, http::body_sizes{}};
        auto asking = asked.begin("GET", "example.org");
        asking.request_size(1);
        asking.response_size(1);
        asking.finish(200);
        standard::database_metrics database{r};
        database.declare("select", "orders");
        standard::cache_metrics const cache{r, "orders"};
        standard::business_metrics business{r, {"EUR"}};
        (void)business.other.with("orders");
    });
    print("The process", "`iafmetrics/collectors/process.hpp`.",
          [](registry& r) { r.add(collectors::process{}); });
    print("The process, in detail", "`iafmetrics/collectors/process_details.hpp`, where asked for.",
          [](registry& r) { r.add(collectors::process_details{}); });
    print("The allocator", "`iafmetrics/collectors/allocator.hpp`, where asked for.",
          [](registry& r) { r.add(collectors::allocator{}); });
    print("The build", "`iafmetrics/collectors/build_info.hpp`; the name begins with the program's.",
          [](registry& r) {
              r.add(collectors::build_info<"program">{
                  {.version = "1.0.0", .revision = "4f5e6d7", .branch = "main", .type = "Release"}});
          });
    print("A metrics endpoint",
          "`iafmetrics/beast/scrape_metrics.hpp`, where asked for; `http_service` counts what it turns away "
          "under the same name.",
          [](registry& r) { beast::scrape_metrics const all{r}; });
    print("The server",
          "The shim `http_service`: `refusals.hpp`, `connection_metrics.hpp`, `certificate_metrics.hpp`, "
          "`web_config_metrics.hpp`; see security.md.",
          [](registry& r) {
              http_service::refusals const turned_away{r};
              http_service::certificate_metrics const certificate{r};
              http_service::connection_metrics const connections{r};
              (void)r.add(http_service::web_config_reload_failed);
          });
    print("Every registry", "What a registry says about itself.", [](registry& r) {
        static constexpr counter_spec<"label"> full{"full_total", "Full.", series_limit{1}};
        (void)r.add(full).with("1");
        (void)r.add(full).with("2");
        r.add(counter_spec{"refusing_total", "Refusing."}).increment(-1.0);
        r.add([](collector_output&) {});
    });
}
