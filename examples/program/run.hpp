// SPDX-License-Identifier: Apache-2.0
// The frame of every main(): options, log, signals, and one line for whatever goes wrong.
#pragma once

#include <exception>
#include <functional>
#include <string>

namespace program {

class lifecycle;
class log;
class options;

/// Exit status of a program.
enum exit_status : int { stopped = 0, failed = 1, wrong_usage = 2 };

/// Reads the options, makes log and lifecycle, calls `body`, and returns the status for main to return.
///
///     int main(int argc, char** argv)
///     {
///         std::uint16_t port = 8080;
///         program::options options{"apiserver", "Serves IAF's REST API."};
///         options.add("port", "IAF_PORT", port, "port of the API; 0 takes a free one");
///         return program::run(options, argc, argv, [&](program::log& log, program::lifecycle& life) { … });
///     }
///
/// Adds `--log-level` (IAF_LOG_LEVEL). `--help` prints to stdout: 0. A wrong flag or value: one line on
/// stderr that names it: 2. An exception out of `body`: one line in the log: 1.
int run(options&, int argc, char const* const* argv, std::function<void(log&, lifecycle&)> const& body);

/// What an exception says, in one line and without the source locations that Boost appends.
std::string describe(std::exception_ptr);

}  // namespace program
