// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/beast/push.hpp>
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/native_histogram.hpp>
#include <iafmetrics/summary.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <doctest/doctest.h>

#include "../integration/temporary_directory.hpp"
#include "gateway_under_test.hpp"
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace net = boost::asio;
using boost::system::error_code;
using iafmetrics::beast::push_gateway;
using iafmetrics::beast::push_options;
using iafmetrics::beast::push_result;
using net::ip::tcp;

namespace {

constexpr iafmetrics::gauge_spec rows{"batch_rows", "Rows of the last run."};
constexpr iafmetrics::counter_spec failures{"batch_failures_total", "Rows that were refused."};

iafmetrics::registry& with_rows(iafmetrics::registry& registry, double value)
{
    registry.add(rows).set(value);
    return registry;
}

/// Makes a page larger than all buffers on the way.
void add_megabytes(iafmetrics::registry& registry, int count)
{
    auto& family = registry.add(iafmetrics::gauge_spec<"text">{iafmetrics::run_time, "large", "Large.",
                                                               iafmetrics::series_limit{100}});
    for (int i = 0; i != count; ++i)
        family.with(std::string(1'000'000, 'x') + std::to_string(i)).set(1);
}

/// Accepts one connection, and reads a head, answers with these bytes, and sends no more.
class answering {
public:
    explicit answering(std::string bytes)
        : thread_([this, bytes = std::move(bytes)] {
              error_code error;
              tcp::socket socket(io_);
              acceptor_.accept(socket, error);
              std::string head;
              net::read_until(socket, net::dynamic_buffer(head), "\r\n\r\n", error);
              net::write(socket, net::buffer(bytes), error);
              socket.shutdown(tcp::socket::shutdown_send, error);
              net::read(socket, net::dynamic_buffer(head), error);  // until the client closes
          })
    {}
    std::string url() const
    {
        return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }

private:
    net::io_context io_;
    tcp::acceptor acceptor_{io_, {net::ip::address_v4::loopback(), 0}};
    std::jthread thread_;
};

/// A port at which the kernel accepts, and nobody ever answers.
struct silent {
    net::io_context io;
    tcp::acceptor acceptor{io, {net::ip::address_v4::loopback(), 0}};
    std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()); }
};

}  // namespace

TEST_CASE("push: the gateway receives, replaces, adds and deletes groups")
{
    test::gateway_under_test const server;
    push_gateway const gateway{server.url(), {.job = "nightly"}};
    push_gateway const other{server.url(), {.job = "nightly", .grouping = {{"instance", "b"}}}};
    iafmetrics::registry first;
    with_rows(first, 7).add(failures).increment(2);
    iafmetrics::registry second;
    with_rows(second, 8);

    REQUIRE(gateway.push(first));
    REQUIRE(other.push(first));
    CHECK(server.shows("batch_rows{instance=\"\",job=\"nightly\"} 7"));
    CHECK(server.shows("batch_failures_total{instance=\"\",job=\"nightly\"} 2"));

    REQUIRE(gateway.push_add(second));  // keeps the counter
    CHECK(server.shows("batch_rows{instance=\"\",job=\"nightly\"} 8"));
    CHECK(server.shows("batch_failures_total{instance=\"\",job=\"nightly\"} 2"));

    REQUIRE(gateway.push(second));  // takes it away
    CHECK(server.shows("batch_rows{instance=\"\",job=\"nightly\"} 8"));
    CHECK_FALSE(server.shows("batch_failures_total{instance=\"\",job=\"nightly\"} 2"));

    push_result const removed = gateway.remove();
    CHECK(removed);
    CHECK(removed.status == 202);
    CHECK(removed.message == "");
    CHECK(gateway.remove());  // there is none any more
    CHECK(server.comes_to_lack("instance=\"\",job=\"nightly\""));
    CHECK(server.shows("batch_rows{instance=\"b\",job=\"nightly\"} 7"));
}

TEST_CASE("push: each value of the grouping key comes back as it was, and its group can be deleted")
{
    test::gateway_under_test const server;
    iafmetrics::registry registry;
    with_rows(registry, 7);
    for (std::string const value :
         {"plain", "a/b", "/", "//", "a b", " ", "caf\xC3\xA9", ".", "..", "...", "1+1=2%2F;?#&", "a\nb",
          "\t", "\"quoted\\", "http://host:80/path?x=y", "@base64", "=", "~_-", "\xF0\x9F\x98\x80/"}) {
        INFO(value);
        push_gateway const gateway{server.url(),
                                   {.job = value, .grouping = {{"value", value}, {"instance", "i"}}}};
        push_result const pushed = gateway.push(registry);
        INFO(pushed.message);
        CHECK(pushed);
        std::string escaped;
        iafmetrics::detail::append_escaped_label_value(escaped, value);
        std::string const line =
            "batch_rows{instance=\"i\",job=\"" + escaped + "\",value=\"" + escaped + "\"} 7";
        CHECK(server.shows(line));
        CHECK(gateway.remove());
        CHECK(server.comes_to_lack('\n' + line + '\n'));
    }
    push_gateway const empty{server.url(), {.job = "j", .grouping = {{"instance", "i"}, {"value", ""}}}};
    CHECK(empty.push(registry));
    CHECK(server.page().find("batch_rows{instance=\"i\",job=\"j\"") != std::string::npos);
    CHECK(empty.remove());
    CHECK(server.comes_to_lack("batch_rows{"));
}

TEST_CASE("push: the gateway takes every kind of metric, and hostile texts")
{
    test::gateway_under_test const server;
    iafmetrics::registry r;
    using iafmetrics::run_time;
    r.add(iafmetrics::histogram_spec{run_time, "a_seconds", "A.", iafmetrics::buckets{.1, 1}}).observe(.5);
    r.add(iafmetrics::native_histogram_spec{run_time, "b_seconds", "B."}).observe(.5);
    r.add(iafmetrics::summary_spec{run_time, "c_seconds", "C.", iafmetrics::quantiles{.5}}).observe(.5);
    r.add(iafmetrics::info_spec<"version">{run_time, "d_info", "D."}).with("1");
    r.add(iafmetrics::state_set_spec{run_time, "e", "E.", iafmetrics::states{"x", "y"}}).change_to("y");
    r.add(iafmetrics::unknown_spec{run_time, "f", "F."}).set(-1);
    r.add(iafmetrics::counter_spec<"text">{run_time, "g_total", "G \\ \n \"."})
        .with("\"\\\n\xFF")
        .increment();
    r.add(iafmetrics::up_down_counter_spec{run_time, "h", "H."}).increment();
    r.add(iafmetrics::counter_spec<"a">{run_time, "i_total", "I.", iafmetrics::series_limit{1}})
        .with("1")
        .increment();
    r.add(iafmetrics::gauge_spec{run_time, "k", "K."}).set(std::numeric_limits<double>::quiet_NaN());
    push_result const pushed = push_gateway{server.url(), {.job = "all"}}.push(r);
    INFO(pushed.message);
    CHECK(pushed);
    CHECK(pushed.status == 200);
    CHECK(server.shows("a_seconds_bucket{instance=\"\",job=\"all\",le=\"1\"} 1"));
    CHECK(server.shows("b_seconds_count{instance=\"\",job=\"all\"} 1"));
    CHECK(server.shows("k{instance=\"\",job=\"all\"} NaN"));
}

TEST_CASE("push: what the gateway refuses is said in one line with its reason")
{
    test::gateway_under_test const server;
    iafmetrics::registry r;
    REQUIRE(push_gateway{server.url(), {.job = "a"}}.push(with_rows(r, 1)));
    iafmetrics::registry clash;
    clash.add(
        iafmetrics::histogram_spec{iafmetrics::run_time, "batch_rows", "Another.", iafmetrics::buckets{1}});
    push_result const pushed = push_gateway{server.url(), {.job = "b"}}.push(clash);
    CHECK_FALSE(pushed);
    CHECK_FALSE(pushed.error);
    CHECK(pushed.status == 400);
    CHECK(pushed.message.starts_with("PUT " + server.url() +
                                     "/metrics/job/b: 400 Bad Request: pushed metrics are "));
    CHECK(pushed.message.find("batch_rows") != std::string::npos);
    CHECK(pushed.message.find('\n') == std::string::npos);

    // Nobody is there for a prefix that this gateway has not.
    CHECK(push_gateway{server.url() + "/elsewhere", {.job = "b"}}.push(r).status == 404);
}

TEST_CASE("push: a gateway behind a prefix is found")
{
    test::gateway_under_test const server{{"--web.route-prefix=/team"}};
    iafmetrics::registry r;
    CHECK(push_gateway{server.url() + "/team/", {.job = "a"}}.push(with_rows(r, 1)));
    CHECK(test::get(server.port(), "/team/metrics").find("batch_rows{") != std::string::npos);
}

TEST_CASE("push: basic authentication opens a gateway that asks for it, and a wrong password is told")
{
    test::temporary_directory const directory;
    std::string const config = directory.path("web.yml");
    std::ofstream(config) << "basic_auth_users:\n"
                             "  batch: $2b$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy\n";
    test::gateway_under_test const server{{"--web.config.file=" + config}};
    iafmetrics::registry r;
    with_rows(r, 1);
    CHECK(push_gateway{server.url(), {.job = "a", .user = "batch", .password = "open sesame"}}.push(r));

    push_result const wrong =
        push_gateway{server.url(), {.job = "a", .user = "batch", .password = "let me in"}}.push(r);
    CHECK(wrong.status == 401);
    CHECK(wrong.message == "PUT " + server.url() + "/metrics/job/a: 401 Unauthorized: Unauthorized");
    CHECK(push_gateway{server.url(), {.job = "a"}}.push(r).status == 401);
    CHECK(push_gateway{server.url(), {.job = "a", .bearer_token = "open sesame"}}.push(r).status == 401);

    // Refused before it has read the body, which is larger than all buffers on the way.
    iafmetrics::registry large;
    add_megabytes(large, 24);
    CHECK(push_gateway{server.url(), {.job = "a", .user = "batch", .password = "let me in"}}
              .push(large)
              .status == 401);
}

TEST_CASE("push: bearer tokens and other headers are sent")
{
    std::string head;
    net::io_context io;
    tcp::acceptor acceptor(io, {net::ip::address_v4::loopback(), 0});
    std::string const url = "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
    std::thread server([&] {
        tcp::socket socket = acceptor.accept();
        net::read_until(socket, net::dynamic_buffer(head), "\r\n\r\n");
        net::write(socket, net::buffer(std::string("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")));
    });
    push_gateway const gateway{url,
                               {.job = "a", .bearer_token = "abc", .headers = {{"X-Scope-OrgID", "iaf"}}}};
    push_result const removed = gateway.remove();
    server.join();
    CHECK(removed);
    CHECK(head.starts_with("DELETE /metrics/job/a HTTP/1.1\r\n"));
    CHECK(head.find("Authorization: Bearer abc\r\n") != std::string::npos);
    CHECK(head.find("X-Scope-OrgID: iaf\r\n") != std::string::npos);
    CHECK(head.find("Host: " + url.substr(7) + "\r\n") != std::string::npos);
}

TEST_CASE("push: who does not answer is left at the deadline")
{
    silent const server;
    iafmetrics::registry r;
    push_options const options{.job = "a", .timeout = std::chrono::milliseconds(500)};
    push_result const pushed = push_gateway{server.url(), options}.push(with_rows(r, 1));
    CHECK(pushed.error == boost::beast::error::timeout);
    CHECK(pushed.status == 0);
    CHECK(pushed.message ==
          "PUT " + server.url() + "/metrics/job/a: waiting for the answer: timed out after 500 ms");

    // A body that nobody reads fills the buffers on the way.
    add_megabytes(r, 24);
    CHECK(push_gateway{server.url(), options}.push(r).message ==
          "PUT " + server.url() + "/metrics/job/a: sending: timed out after 500 ms");
}

TEST_CASE("push: nobody there, half an answer and what is no HTTP are told apart")
{
    iafmetrics::registry r;
    with_rows(r, 1);
    std::string url;
    {
        silent const gone;
        url = gone.url();
    }
    push_result const refused = push_gateway{url, {.job = "a"}}.push(r);
    CHECK(refused.error == net::error::connection_refused);
    CHECK(refused.message == "PUT " + url + "/metrics/job/a: connecting: Connection refused");

    auto const message_for = [&](std::string bytes) {
        answering const server(std::move(bytes));
        push_result const pushed = push_gateway{server.url(), {.job = "a"}}.push(r);
        CHECK_FALSE(pushed);
        return pushed.message.substr(pushed.message.find("job/a: ") + 7);
    };
    CHECK(message_for("") == "waiting for the answer: end of stream");
    CHECK(message_for("HTTP/1.1 200 O") == "waiting for the answer: partial message");
    CHECK(message_for("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc") ==
          "reading the answer: partial message");
    CHECK(message_for("SSH-2.0-OpenSSH_9.2\r\n") == "waiting for the answer: bad version");
    CHECK(message_for("HTTP/1.1 301 Moved Permanently\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n") ==
          "301 Moved Permanently");
    CHECK(message_for("HTTP/1.1 503 Busy\r\nContent-Length: 6\r\n\r\na\x1b[2\nb") == "503 Busy: a [2 b");
    CHECK(message_for("HTTP/1.1 503 Busy\r\n\r\na\xC2\x9B[2b\xE2\x80\xAE\xC3\xA9\xFFz") ==
          "503 Busy: a [2b \xC3\xA9\xEF\xBF\xBDz");
    CHECK(message_for("HTTP/1.1 101 Switching Protocols\r\n\r\n") == "101 Switching Protocols");
    // Of a body as large as it likes, the beginning is read.
    std::string const endless = message_for("HTTP/1.1 500 No\r\nContent-Length: 999999999999999999\r\n\r\n" +
                                            std::string(100'000, 'x'));
    CHECK(endless == "500 No: " + std::string(1'000, 'x') + "...");
}

TEST_CASE("push: an answer comes after interim ones, and may have a large head")
{
    iafmetrics::registry r;
    with_rows(r, 1);
    answering const server("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                           "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Long: " +
                           std::string(30'000, 'x') + "\r\n\r\n");
    push_result const pushed = push_gateway{server.url(), {.job = "a"}}.push(r);
    CHECK(pushed);
    CHECK(pushed.status == 200);
    CHECK(pushed.message == "");
}

TEST_CASE("push: a set-up that cannot work is refused with the name of what is wrong")
{
    auto const refusal = [](push_options const& options) -> std::string {
        try {
            push_gateway const gateway{"http://127.0.0.1:9091", options};
        } catch (std::invalid_argument const& error) {
            return error.what();
        }
        return "";
    };
    CHECK(refusal({.job = "a"}) == "");
    CHECK(refusal({.job = ""}) == "cannot push: the job needs a name");
    CHECK(refusal({.job = "a", .timeout = {}}) == "cannot push job \"a\": the timeout must be above 0");
    CHECK(refusal({.job = "a", .user = "a:b"}) ==
          "cannot push job \"a\": a user name has no colon (RFC 7617)");
    CHECK(refusal({.job = "a", .user = "u", .bearer_token = "t"}) ==
          "cannot push job \"a\": either user and password or a bearer token");
    CHECK(refusal({.job = "a", .bearer_token = "secret\r\nX: y"}) ==
          "cannot push job \"a\": the value of header \"Authorization\" has a control character");
    CHECK(refusal({.job = "a", .headers = {{"a b", "c"}}}) ==
          "cannot push job \"a\": header \"a b\" has no valid name");
    CHECK(refusal({.job = "a", .headers = {{"host", "c"}}}) ==
          "cannot push job \"a\": header \"host\" is set by each push");
    CHECK(refusal({.job = "a", .bearer_token = "t", .headers = {{"authorization", "c"}}}) ==
          "cannot push job \"a\": header \"authorization\" may appear only once");
    CHECK(refusal({.job = "a", .grouping = {{"job", "b"}}}) ==
          "cannot push job \"a\": grouping label \"job\": the job has this name");

    iafmetrics::registry r;
    r.add(iafmetrics::counter_spec<"instance">{iafmetrics::run_time, "jobs_total", "Jobs."})
        .with("a")
        .increment();
    push_gateway const gateway{"http://127.0.0.1:9", {.job = "a", .grouping = {{"instance", "x"}}}};
    CHECK_THROWS_WITH_AS(
        (void)gateway.push(r),
        "cannot push job \"a\": metric \"jobs_total\" has the label \"instance\" of the grouping key, "
        "which the gateway would overwrite",
        std::invalid_argument);
}

TEST_CASE("async_push: completes for coroutines, futures and handlers with an executor of their own")
{
    test::gateway_under_test const server;
    auto gateway = std::make_unique<push_gateway>(server.url(), push_options{.job = "a"});
    auto r = std::make_unique<iafmetrics::registry>();
    with_rows(*r, 3);
    net::io_context io;
    net::io_context elsewhere;
    auto future = gateway->async_push(io.get_executor(), *r, net::use_future);
    std::optional<push_result> by_coroutine;
    net::co_spawn(
        io,
        [&]() -> net::awaitable<void> {
            by_coroutine = co_await gateway->async_push_add(io.get_executor(), *r, net::use_awaitable);
        },
        net::detached);
    bool is_over = false;
    io.run_one();  // the coroutine has begun
    gateway->async_push(io.get_executor(), *r, net::bind_executor(elsewhere, [&](push_result const& result) {
                            CHECK(result);
                            CHECK(elsewhere.get_executor().running_in_this_thread());
                            is_over = true;
                        }));
    while (!by_coroutine)
        REQUIRE(io.run_one() != 0);
    gateway.reset();
    r.reset();
    io.run();
    CHECK_FALSE(is_over);
    elsewhere.run();
    CHECK(is_over);
    CHECK(*by_coroutine);
    CHECK(future.get());
    CHECK(server.shows("batch_rows{instance=\"\",job=\"a\"} 3"));
}

TEST_CASE("async_remove, async_push: a cancelled one ends at once")
{
    silent const server;
    push_gateway const gateway{server.url(), {.job = "a", .timeout = std::chrono::hours(1)}};
    net::io_context io;
    net::cancellation_signal stop;
    std::optional<push_result> result;
    gateway.async_remove(io.get_executor(), net::bind_cancellation_slot(stop.slot(), [&](push_result got) {
                             result = std::move(got);
                         }));
    io.run_one();
    io.poll();
    stop.emit(net::cancellation_type::terminal);
    io.run();
    REQUIRE(result);
    CHECK(result->error == net::error::operation_aborted);
    CHECK(result->message.ends_with(": waiting for the answer: Operation canceled"));

    // Its body fills the buffers on the way: what is cancelled is the write.
    iafmetrics::registry large;
    add_megabytes(large, 24);
    result.reset();
    io.restart();
    gateway.async_push(
        io.get_executor(), large,
        net::bind_cancellation_slot(stop.slot(), [&](push_result got) { result = std::move(got); }));
    while (io.run_one_for(std::chrono::milliseconds(50)) != 0) {}
    stop.emit(net::cancellation_type::terminal);
    io.run();
    REQUIRE(result);
    CHECK(result->message.ends_with(": sending: Operation canceled"));
}

TEST_CASE("push: many threads may push through one gateway at a time")
{
    test::gateway_under_test const server;
    push_gateway const gateway{server.url(), {.job = "a"}};
    iafmetrics::registry r;
    with_rows(r, 3);
    std::atomic<int> taken = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i != 4; ++i)
        threads.emplace_back([&] {
            for (int push = 0; push != 5; ++push)
                taken += bool(gateway.push(r));
        });
    threads.clear();
    CHECK(taken == 20);
}

TEST_CASE("push: a job that is killed half-way leaves no half group")
{
    // A child from before there are threads: told a port, it pushes 30 MB.
    int port_of_relay[2];
    REQUIRE(::pipe2(port_of_relay, O_CLOEXEC) == 0);
    ::pid_t const job = ::fork();
    REQUIRE(job >= 0);
    if (job == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        std::uint16_t port = 0;
        if (::read(port_of_relay[0], &port, sizeof port) != sizeof port) ::_exit(2);
        iafmetrics::registry registry;
        with_rows(registry, 2);
        add_megabytes(registry, 30);
        push_gateway const gateway{"http://127.0.0.1:" + std::to_string(port), {.job = "killed"}};
        ::_exit(gateway.push(registry) ? 0 : 1);
    }

    test::gateway_under_test const server;
    push_gateway const gateway{server.url(), {.job = "killed"}};
    iafmetrics::registry earlier;
    REQUIRE(gateway.push(with_rows(earlier, 1)));

    // Between the two, so that it is known that the body is under way: more is behind than all buffers hold.
    net::io_context io;
    tcp::acceptor acceptor(io, {net::ip::address_v4::loopback(), 0});
    std::uint16_t const port = acceptor.local_endpoint().port();
    REQUIRE(::write(port_of_relay[1], &port, sizeof port) == sizeof port);
    tcp::socket from_job = acceptor.accept();
    tcp::socket to_gateway(io);
    to_gateway.connect({net::ip::address_v4::loopback(), server.port()});
    std::string piece(1'000'000, '\0');
    std::size_t forwarded = net::read(from_job, net::buffer(piece));
    std::string const head = piece.substr(0, piece.find("\r\n\r\n"));
    REQUIRE(head.find("\r\nContent-Length: 30000") != std::string::npos);
    net::write(to_gateway, net::buffer(piece));
    REQUIRE(::kill(job, SIGKILL) == 0);
    int status = 0;
    REQUIRE(::waitpid(job, &status, 0) == job);
    REQUIRE(WIFSIGNALED(status));
    error_code error;
    while (!error) {
        std::size_t const got = from_job.read_some(net::buffer(piece), error);
        net::write(to_gateway, net::buffer(piece.data(), got));
        forwarded += got;
    }
    REQUIRE(forwarded < 30'000'000);
    to_gateway.shutdown(tcp::socket::shutdown_send);
    std::string answer;
    net::read(to_gateway, net::dynamic_buffer(answer), error);  // until the gateway has done with it
    ::close(port_of_relay[0]);
    ::close(port_of_relay[1]);

    CHECK(answer.find(" 200 ") == std::string::npos);
    CHECK(server.shows("batch_rows{instance=\"\",job=\"killed\"} 1"));
    CHECK(server.page().find("large{") == std::string::npos);
    CHECK(gateway.push(with_rows(earlier, 3)));
    CHECK(server.shows("batch_rows{instance=\"\",job=\"killed\"} 3"));
}
