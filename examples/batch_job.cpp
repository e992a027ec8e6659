// SPDX-License-Identifier: Apache-2.0
// batch_job: a job that ends before it could be scraped pushes its metrics when it ends, however it ends.
#include <iafmetrics/beast/push_at_exit.hpp>
#include <iafmetrics/iafmetrics.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

inline constexpr iafmetrics::gauge_spec imported{"batch_imported_rows",
                                                 "Rows that the last run has imported."};
inline constexpr iafmetrics::gauge_spec last_success{"batch_last_success_timestamp_seconds",
                                                     "When a run has last succeeded."};

void import_rows(iafmetrics::beast::push_gateway const& gateway, std::vector<std::string> const& rows)
{
    iafmetrics::registry registry;
    auto& count = registry.add(imported);

    // Pushes at the end of the scope. `add` keeps what this run does not know: the time of an earlier success.
    iafmetrics::beast::push_at_exit const at_exit{gateway, registry, iafmetrics::beast::push_method::add};

    for (std::string const& row : rows) {
        if (row.empty()) throw std::runtime_error("an empty row");
        count.add(1);
    }
    registry.add(last_success).set_to_current_time();  // here, so that a run that fails says nothing of it
}

int main(int argc, char** argv)
{
    iafmetrics::beast::push_gateway const gateway{argc > 1 ? argv[1] : "http://127.0.0.1:9091",
                                                  {.job = "nightly_import"}};
    for (auto const& rows : {std::vector<std::string>{"a", "b", "c"}, {"d", ""}}) {
        try {
            import_rows(gateway, rows);
            std::printf("done\n");
        } catch (std::runtime_error const& error) {
            std::printf("failed: %s\n", error.what());
        }
    }
}

// What it prints, and the gateway then has:
// Output:
// done
// failed: an empty row
// batch_imported_rows{instance="",job="nightly_import"} 1
// batch_last_success_timestamp_seconds{instance="",job="nightly_import"} (a time)
