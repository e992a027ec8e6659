// SPDX-License-Identifier: Apache-2.0
// Prints the objects that the controller applies for the Application on stdin, one JSON document a line: what
// the schemas are asked about.
#include <boost/json.hpp>

#include <controller/applied.hpp>
#include <controller/build_deployment.hpp>
#include <controller/build_service.hpp>
#include <controller/build_service_monitor.hpp>

#include <iostream>
#include <iterator>
#include <string>

int main()
{
    std::string const text{std::istreambuf_iterator<char>(std::cin), {}};
    auto const app = controller::read_application(boost::json::parse(text).as_object());
    for (auto made : {controller::build_deployment(app, "registry.local/shop:1"),
                      controller::build_service(app), controller::build_service_monitor(app)}) {
        controller::stamp(made);
        std::cout << made << '\n';
    }
}
