// SPDX-License-Identifier: Apache-2.0
#include <boost/system/system_error.hpp>

#include <program/lifecycle.hpp>
#include <program/log.hpp>
#include <program/options.hpp>
#include <program/run.hpp>

#include <algorithm>
#include <iostream>

namespace program {
namespace {

std::string one_line(std::string text)
{
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

// "bind: Address already in use [system:98 at …]" up to and including the message.
std::string without_location(boost::system::system_error const& e)
{
    std::string const what = e.what();
    std::string const message = e.code().message();
    auto const at = what.find(message);
    return at == std::string::npos ? message : what.substr(0, at + message.size());
}

}  // namespace

std::string describe(std::exception_ptr error)
{
    try {
        std::rethrow_exception(error);
    } catch (boost::system::system_error const& e) {
        return one_line(without_location(e));
    } catch (std::exception const& e) {
        return one_line(e.what());
    } catch (...) {
        return "an exception that is no std::exception";
    }
}

int run(options& o, int argc, char const* const* argv, std::function<void(log&, lifecycle&)> const& body)
{
    log_level level = log_level::info;
    o.add("log-level", "IAF_LOG_LEVEL", std::string(to_string(level)), "debug, info, warning or error",
          [&level](std::string const& text) { level = parse_log_level(text); });
    try {
        if (!o.parse(argc, argv)) {
            o.help(std::cout);
            return stopped;
        }
    } catch (usage_error const& e) {
        std::cerr << o.program() << ": " << e.what() << "; --help lists the options\n";
        return wrong_usage;
    }

    log l{o.program(), level};
    try {
        lifecycle life{l};
        body(l, life);
        return stopped;
    } catch (...) {
        l.error(describe(std::current_exception()));
        return failed;
    }
}

}  // namespace program
