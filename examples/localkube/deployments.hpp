// SPDX-License-Identifier: Apache-2.0
// deployments: plays the part of the kubelets, so that Deployments become available.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "store.hpp"

#include <chrono>
#include <map>
#include <memory>

namespace localkube {

/// Writes the status of each Deployment: its replicas at once, that they are available after a delay. A
/// change of spec starts over.
///
/// Threads: the executor, which is the one that the store is used on. Lifetime: the store outlives it.
class deployments {
public:
    deployments(store& objects, boost::asio::any_io_executor executor, std::chrono::milliseconds delay);

private:
    void look(key const& at);
    void write(key const& at, bool available);

    store& objects_;
    boost::asio::any_io_executor executor_;
    std::chrono::milliseconds delay_;
    std::map<key, std::shared_ptr<boost::asio::steady_timer>> rolling_;
    std::shared_ptr<void> listening_;
};

}  // namespace localkube
