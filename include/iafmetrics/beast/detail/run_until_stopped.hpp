// SPDX-License-Identifier: Apache-2.0
// run_until_stopped: an event loop that out of memory does not end.
#pragma once

#include <boost/asio/io_context.hpp>

namespace iafmetrics::inline v0::beast::detail {

/// What a handler throws ends what it was a part of; the others go on.
inline void run_until_stopped(boost::asio::io_context& io) noexcept
{
    while (!io.stopped()) {
        try {
            io.run();
        } catch (...) {  // out of memory: that session is over
        }
    }
}

}  // namespace iafmetrics::inline v0::beast::detail
