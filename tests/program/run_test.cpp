// SPDX-License-Identifier: Apache-2.0
// Programs in child processes: what their parents and their users see.
#include <boost/system/system_error.hpp>

#include <doctest/doctest.h>

#include <program/lifecycle.hpp>
#include <program/log.hpp>
#include <program/options.hpp>
#include <program/run.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <vector>

namespace {

using body = std::function<void(program::log&, program::lifecycle&)>;

// A child process that is a program with one option; its stdout and stderr come here.
class child {
public:
    child(std::vector<char const*> arguments, body const& run)
    {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        std::cout.flush();
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ::alarm(20);
            ::dup2(ends[1], 1);
            ::dup2(ends[1], 2);
            ::close(ends[0]);
            ::close(ends[1]);
            std::uint16_t port = 8080;
            program::options options{"child", "Is a program."};
            options.add("port", "", port, "a port");
            arguments.insert(arguments.begin(), "child");
            int const status =
                program::run(options, static_cast<int>(arguments.size()), arguments.data(), run);
            std::cout.flush();
            ::_exit(status);
        }
        ::close(ends[1]);
        out_ = ends[0];
    }
    ~child() { ::close(out_); }
    child(child const&) = delete;
    child& operator=(child const&) = delete;

    void send(int signal) const { REQUIRE(::kill(pid_, signal) == 0); }

    // Reads until `text` has come, or the end.
    void wait_for(std::string const& text)
    {
        while (output.find(text) == std::string::npos && read_some()) {}
        REQUIRE(output.find(text) != std::string::npos);
    }

    // The exit status, or minus the signal that ended it.
    int status()
    {
        while (read_some()) {}
        int s = 0;
        REQUIRE(::waitpid(pid_, &s, 0) == pid_);
        return WIFEXITED(s) ? WEXITSTATUS(s) : -WTERMSIG(s);
    }

    std::string output;

private:
    bool read_some()
    {
        char buffer[4096];
        ssize_t const n = ::read(out_, buffer, sizeof buffer);
        if (n > 0) output.append(buffer, static_cast<std::size_t>(n));
        return n > 0;
    }

    pid_t pid_ = 0;
    int out_ = -1;
};

void nothing(program::log&, program::lifecycle&) {}

}  // namespace

TEST_CASE("run: help goes out with status 0 and lists the log level")
{
    child c{{"--help"}, nothing};
    CHECK(c.status() == 0);
    CHECK(c.output.find("--log-level VALUE") != std::string::npos);
    CHECK(c.output.find("[IAF_LOG_LEVEL]") != std::string::npos);
}

TEST_CASE("run: a wrong value is one line that names it and status 2")
{
    child c{{"--port", "http"}, nothing};
    CHECK(c.status() == 2);
    CHECK(c.output ==
          "child: --port: must be a number from 0 to 65535, not \"http\"; --help lists the options\n");
}

TEST_CASE("run: an exception is one line of the log and status 1")
{
    child c{{}, [](program::log&, program::lifecycle&) { throw std::runtime_error("cannot listen"); }};
    CHECK(c.status() == 1);
    CHECK(c.output.find(R"("level":"error","component":"child","message":"cannot listen"})") !=
          std::string::npos);
}

TEST_CASE("run: SIGTERM and SIGINT each stop with status 0 and callbacks may come late")
{
    for (int const signal : {SIGTERM, SIGINT}) {
        child c{{}, [](program::log& log, program::lifecycle& life) {
                    log.info("ready");
                    life.wait();
                    // A callback that registers after the signal runs at once.
                    std::stop_callback late{life.token(), [&] { log.info("drained"); }};
                }};
        c.wait_for("ready");
        c.send(signal);
        CHECK(c.status() == 0);
        CHECK(c.output.find("\"stopping\"") != std::string::npos);
        CHECK(c.output.find("drained") != std::string::npos);
    }
}

TEST_CASE("run: a second signal exits at once although the drain hangs")
{
    child c{{}, [](program::log& log, program::lifecycle& life) {
                std::stop_callback hang{life.token(), [&] {
                                            log.info("draining");
                                            for (;;)
                                                ::pause();
                                        }};
                log.info("ready");
                for (;;)
                    ::pause();
            }};
    c.wait_for("ready");
    c.send(SIGTERM);
    c.wait_for("draining");
    c.send(SIGTERM);
    CHECK(c.status() == 128 + SIGTERM);
}

TEST_CASE("run: a body that returns by itself ends without a signal")
{
    child c{{}, [](program::log&, program::lifecycle& life) { life.stop(); }};
    CHECK(c.status() == 0);
}

TEST_CASE("run: a log level is an option of every program")
{
    child c{{"--log-level", "error"}, [](program::log& log, program::lifecycle&) { log.info("quiet"); }};
    CHECK(c.status() == 0);
    CHECK(c.output.empty());
}

TEST_CASE("describe: an error of Boost loses its source location and keeps its prefix")
{
    auto const error = boost::system::errc::make_error_code(boost::system::errc::address_in_use);
    auto const described = [](auto const& e) { return program::describe(std::make_exception_ptr(e)); };
    CHECK(described(boost::system::system_error(error, "bind")) == "bind: Address already in use");
    CHECK(described(boost::system::system_error(error)) == "Address already in use");
    CHECK(described(std::system_error(EADDRINUSE, std::generic_category(), "bind")) ==
          "bind: Address already in use");
    CHECK(described(std::runtime_error("two\nlines")) == "two lines");
    CHECK(program::describe(std::make_exception_ptr(1)) == "an exception that is no std::exception");
}
