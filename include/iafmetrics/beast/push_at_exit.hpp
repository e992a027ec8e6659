// SPDX-License-Identifier: Apache-2.0
// push_at_exit: a job's metrics are pushed when it ends, however it ends.
#pragma once

#include <iafmetrics/beast/push.hpp>
#include <iafmetrics/beast/push_result.hpp>
#include <iafmetrics/registry.hpp>

#include <cstdio>
#include <exception>
#include <type_traits>
#include <utility>

namespace iafmetrics::inline v0::beast {

enum class push_method {
    replace,  ///< push(): the group has these metrics and no others
    add,      ///< push_add(): metrics of other names, an earlier run's, stay
};

/// Writes `cannot push metrics: PUT http://…: connecting: Connection refused` to stderr.
struct report_to_stderr {
    void operator()(push_result const& failed) const noexcept
    {
        (void)std::fprintf(stderr, "cannot push metrics: %s\n", failed.message.c_str());
    }
};

/// Pushes when its scope is left, by an exception too.
///
///     int main()
///     {
///         iafmetrics::registry registry;
///         iafmetrics::beast::push_gateway const gateway{"http://127.0.0.1:9091", {.job = "nightly"}};
///         iafmetrics::beast::push_at_exit const at_exit{gateway, registry, iafmetrics::beast::push_method::add};
///         work();
///         registry.add(last_success).set_to_current_time();
///     }
///
/// An alert on a job that does not succeed any more needs the time of its last success also while it fails: register that
/// gauge where the job has succeeded, and push with push_method::add, so that a failed run leaves the earlier run's.
///
/// Once: after push_now() the scope's end does nothing. std::exit, a signal's default action and an exception that nothing
/// catches may leave no scope: a main() whose work throws catches it.
///
/// Errors:   a failure is handed to `report`; nothing is thrown by the destructor, and it takes at most the gateway's timeout.
/// Lifetime: shorter than that of the gateway and the registry.
template <class Gateway, class Report = report_to_stderr>
class push_at_exit {
public:
    push_at_exit(Gateway const& gateway,
                 registry const& metrics,
                 push_method how = push_method::replace,
                 Report report = {})
        : gateway_(gateway), metrics_(metrics), how_(how), report_(std::move(report))
    {
        static_assert(std::is_invocable_v<Report&, push_result const&>,
                      "report is called with the push_result");
    }
    push_at_exit(push_at_exit const&) = delete;
    push_at_exit& operator=(push_at_exit const&) = delete;
    ~push_at_exit()
    {
        if (is_over_) return;
        try {
            report_failure();
        } catch (...) {  // of report itself, or no memory left to tell
        }
    }

    /// The push of the end, here and now, for a job whose exit status shall tell of it. Not reported.
    push_result push_now()
    {
        is_over_ = true;
        return how_ == push_method::add ? gateway_.push_add(metrics_) : gateway_.push(metrics_);
    }

private:
    void report_failure()
    {
        push_result result;
        try {
            result = push_now();
        } catch (std::exception const& error) {
            result = {make_error_code(boost::system::errc::invalid_argument), 0, error.what()};
        }
        if (!result) report_(std::as_const(result));
    }

    Gateway const& gateway_;
    registry const& metrics_;
    push_method how_;
    Report report_;
    bool is_over_ = false;
};

}  // namespace iafmetrics::inline v0::beast
