// SPDX-License-Identifier: Apache-2.0
// A program under test as a child process, with its log.
#pragma once

#include <boost/json/parse.hpp>

#include <doctest/doctest.h>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace test {

/// Runs from construction to destruction; dies with the test, however that ends.
class child {
public:
    explicit child(std::vector<std::string> const& command)
    {
        std::vector<char*> arguments;
        for (auto const& one : command)
            arguments.push_back(const_cast<char*>(one.c_str()));
        arguments.push_back(nullptr);
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::dup2(ends[1], 2);
            ::close(ends[0]);
            ::close(ends[1]);
            ::execv(arguments[0], arguments.data());
            ::_exit(127);
        }
        ::close(ends[1]);
        reader_ = std::thread{[this, from = ends[0]] { read(from); }};
    }
    child(child const&) = delete;
    child& operator=(child const&) = delete;
    ~child()
    {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        reader_.join();
    }

    /// The "port" of the first log line with this message.
    std::uint16_t port(std::string const& message = "listening")
    {
        std::unique_lock lock{mutex_};
        std::uint16_t found = 0;
        auto const is_there = [&] { return (found = find_port(message)) != 0 || ended_; };
        changed_.wait_for(lock, std::chrono::seconds{30}, is_there);
        INFO(log_);
        REQUIRE(found != 0);
        return found;
    }

    /// What the log's first line with `text` says behind it.
    std::string after(std::string const& text)
    {
        std::unique_lock lock{mutex_};
        std::size_t at = std::string::npos;
        std::size_t end = std::string::npos;
        changed_.wait_for(lock, std::chrono::seconds{30}, [&] {
            at = log_.find(text);
            end = at == std::string::npos ? at : log_.find('\n', at);
            return end != std::string::npos || ended_;
        });
        INFO(log_);
        REQUIRE(end != std::string::npos);
        return log_.substr(at + text.size(), end - at - text.size());
    }

    /// The exit status, after SIGTERM where `asked`.
    int end(bool asked = true)
    {
        if (asked) ::kill(pid_, SIGTERM);
        {
            std::unique_lock lock{mutex_};
            REQUIRE(changed_.wait_for(lock, std::chrono::seconds{30}, [this] { return ended_; }));
        }
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    }

    std::string log()
    {
        std::lock_guard const lock{mutex_};
        return log_;
    }

private:
    void read(int from)
    {
        std::string part(4096, '\0');
        for (;;) {
            auto const got = ::read(from, part.data(), part.size());
            std::lock_guard const lock{mutex_};
            if (got > 0) log_.append(part, 0, static_cast<std::size_t>(got));
            ended_ = got <= 0;
            changed_.notify_all();
            if (ended_) break;
        }
        ::close(from);
    }

    std::uint16_t find_port(std::string const& message) const
    {
        for (std::size_t at = 0, end; (end = log_.find('\n', at)) != std::string::npos; at = end + 1) {
            boost::system::error_code error;
            auto const line = boost::json::parse(log_.substr(at, end - at), error);
            if (error || !line.is_object() || line.at("message") != boost::json::value(message)) continue;
            if (auto const* port = line.as_object().if_contains("port"))
                return port->to_number<std::uint16_t>();
        }
        return 0;
    }

    pid_t pid_ = -1;
    std::thread reader_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string log_;
    bool ended_ = false;
};

}  // namespace test
