// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/beast/gzip.hpp>
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/serve.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <doctest/doctest.h>

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <new>
#include <string>
#include <string_view>

namespace http = boost::beast::http;
using iafmetrics::beast::body_encoder;
using iafmetrics::beast::content_coding;
using iafmetrics::beast::gzip;
using iafmetrics::beast::metrics_endpoint;

namespace {

http::request<http::empty_body> scrape(std::string_view accepted, http::verb method = http::verb::get)
{
    http::request<http::empty_body> asked{method, "/metrics", 11};
    asked.set(http::field::accept_encoding, accepted);
    return asked;
}

/// As somebody else's reader reads it, which refuses what is cut or has a wrong sum.
std::string decompressed(std::string_view body)
{
    auto const file =
        std::filesystem::temp_directory_path() / ("iafmetrics-gzip-" + std::to_string(::getpid()));
    std::ofstream(file, std::ios::binary) << body;
    std::string const command =
        "/usr/bin/python3 -c 'import gzip, sys; sys.stdout.buffer.write(gzip.open(sys.argv[1]).read())' " +
        file.string();
    std::string out;
    FILE* const pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    char piece[65536];
    for (std::size_t n = 0; (n = std::fread(piece, 1, sizeof piece, pipe)) != 0;)
        out.append(piece, n);
    CHECK(::pclose(pipe) == 0);
    std::filesystem::remove(file);
    return out;
}

void fill(iafmetrics::registry& metrics, int series)
{
    auto& orders = metrics.add(iafmetrics::counter_spec<"item">{
        iafmetrics::run_time, "orders_total", "Orders.", iafmetrics::series_limit{100'000}});
    for (int i = 0; i != series; ++i)
        orders.with(i * 7919).increment(i);
}

}  // namespace

TEST_CASE("gzip: a page of one piece, of many, and of none is read back as it is without")
{
    for (int const series : {0, 1, 20'000}) {
        iafmetrics::registry metrics;
        fill(metrics, series);
        metrics_endpoint const endpoint{metrics, "/metrics", gzip};
        auto const plain = endpoint(scrape("identity"));
        auto const coded = endpoint(scrape("gzip"));
        CHECK(coded[http::field::content_encoding] == "gzip");
        CHECK(coded[http::field::content_type] == plain[http::field::content_type]);
        CHECK(coded[http::field::content_length] == std::to_string(coded.body().size()));
        CHECK(decompressed(coded.body()) == plain.body());
        if (series > 1) CHECK(coded.body().size() * 3 < plain.body().size());
    }
}

TEST_CASE("gzip: who does not accept it gets the page as it is, and caches are told why")
{
    iafmetrics::registry metrics;
    fill(metrics, 3);
    metrics_endpoint const endpoint{metrics, "/metrics", gzip};
    for (std::string_view const accepted :
         {"", "identity", "gzip;q=0", "br", "zstd", "*;q=0", "identity, gzip;q=0.5"}) {
        auto const answer = endpoint(scrape(accepted));
        CHECK(answer.count(http::field::content_encoding) == 0);
        CHECK(answer.body() == iafmetrics::exposition::text(metrics));
        CHECK(answer[http::field::vary] == "Accept, Accept-Encoding");
    }
    CHECK(endpoint(scrape("gzip"))[http::field::vary] == "Accept, Accept-Encoding");
    CHECK(endpoint(http::verb::get).count(http::field::content_encoding) == 0);
    CHECK(endpoint(http::verb::get, {.accept_encoding = "gzip"}).count(http::field::content_encoding) == 1);
    CHECK(endpoint(scrape("zstd,gzip")).count(http::field::content_encoding) == 1);
    auto two_lines = scrape("br");
    two_lines.insert(http::field::accept_encoding, "gzip");
    CHECK(endpoint(two_lines).count(http::field::content_encoding) == 1);
}

TEST_CASE("gzip: an endpoint that offers no coding never uses one, and a refusal is not compressed")
{
    iafmetrics::registry metrics;
    fill(metrics, 3);
    auto const plain = metrics_endpoint{metrics}(scrape("gzip, *"));
    CHECK(plain.count(http::field::content_encoding) == 0);
    CHECK(plain[http::field::vary] == "Accept, Accept-Encoding");
    auto const refused = metrics_endpoint{metrics, "/metrics", gzip}(scrape("gzip", http::verb::post));
    CHECK(refused.result() == http::status::method_not_allowed);
    CHECK(refused.count(http::field::content_encoding) == 0);
    CHECK(refused.body() == "use GET or HEAD\n");
}

TEST_CASE("gzip: HEAD has the head of GET")
{
    iafmetrics::registry metrics;
    fill(metrics, 3);
    metrics_endpoint const endpoint{metrics, "/metrics", gzip};
    auto const get = endpoint(scrape("gzip"));
    auto const head = endpoint(scrape("gzip", http::verb::head));
    CHECK(head.body().empty());
    CHECK(head[http::field::content_encoding] == "gzip");
    CHECK(head[http::field::content_length] == get[http::field::content_length]);
}

TEST_CASE("gzip: serve() offers it, and goes on after a page that could not be compressed")
{
    static bool fails = true;
    content_coding const failing_once{"gzip", []() -> std::unique_ptr<body_encoder> {
                                          if (std::exchange(fails, false)) throw std::bad_alloc();
                                          return gzip.start();
                                      }};
    iafmetrics::registry metrics;
    fill(metrics, 3);
    auto const server = iafmetrics::serve(metrics, 0, {.address = "127.0.0.1", .coding = failing_once});
    auto ask = [&](boost::beast::error_code& error) {
        boost::asio::io_context io;
        boost::asio::ip::tcp::socket socket(io);
        socket.connect({boost::asio::ip::address_v4::loopback(), server.port()});
        auto request = scrape("gzip");
        request.set(http::field::host, "shop");
        http::write(socket, request, error);
        boost::beast::flat_buffer buffer;
        http::response<http::string_body> answer;
        http::read(socket, buffer, answer, error);
        return answer;
    };
    boost::beast::error_code error;
    (void)ask(error);
    CHECK(error == http::error::end_of_stream);
    auto const answer = ask(error);
    CHECK(!error);
    CHECK(answer[http::field::content_encoding] == "gzip");
    CHECK(decompressed(answer.body()) == iafmetrics::exposition::text(metrics));
}
