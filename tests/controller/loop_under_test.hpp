// SPDX-License-Identifier: Apache-2.0
// loop_under_test: the controller without its ports, running as long as a test has it.
#pragma once

#include <iafmetrics/iafmetrics.hpp>

#include <kubernetes/client.hpp>

#include <boost/asio/io_context.hpp>

#include <controller/control_loop.hpp>
#include <program/log.hpp>

#include <string>
#include <thread>

/// The control loop on a thread of its own, against the API of that URL.
class loop_under_test {
public:
    explicit loop_under_test(std::string const& url);
    ~loop_under_test();

    /// Waits until so many reconciles are done; fails the test after ten seconds.
    void wait_for_reconciles(int count);
    [[nodiscard]] std::string page() const;

private:
    boost::asio::io_context io_{1};
    iafmetrics::kubernetes::client client_;
    iafmetrics::registry registry_;
    int const null_;
    program::log log_;
    controller::control_loop loop_;
    std::thread thread_;
};
