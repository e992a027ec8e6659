// SPDX-License-Identifier: Apache-2.0
// observed_requests: a service's metrics whose requests are told on stdin: "200 98" observes 98 requests that were
// answered with 200, "page" prints the page and an empty line.
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/standard.hpp>

#include <iostream>
#include <string>

int main()
{
    iafmetrics::registry registry;
    iafmetrics::standard::http_metrics requests{registry};
    requests.declare("GET", "/items");
    for (std::string word; std::cin >> word;) {
        if (word == "page") {
            std::cout << iafmetrics::exposition::text(registry) << '\n' << std::flush;
            continue;
        }
        int count = 0;
        std::cin >> count;
        for (int i = 0; i != count; ++i) {
            auto observed = requests.begin("GET");
            observed.route("/items");
            observed.finish(static_cast<unsigned>(std::stoi(word)));
        }
    }
}
