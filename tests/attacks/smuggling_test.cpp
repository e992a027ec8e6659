// SPDX-License-Identifier: Apache-2.0
// What parsers between a client and a server read differently: refused, counted, and no second request comes of it.
#include <doctest/doctest.h>

#include "target.hpp"

#include <string>
#include <vector>

namespace {

using test::target;
using test::transport;

struct row {
    std::string name;
    std::string request;  // all that is before the smuggled one
    int status = 400;
    std::string reason = "malformed";
};

std::string post(std::string const& fields, std::string const& body = {}, std::string const& version = "1.1")
{
    return "POST /echo HTTP/" + version + "\r\nHost: x\r\n" + fields + "\r\n" + body;
}

std::vector<row> rows()
{
    std::string const last = "0\r\n\r\n";
    std::string const chunked = "Transfer-Encoding: chunked\r\n";
    std::string nul = "GET /hello HTTP/1.1\r\nHost: x\r\nA: b?c\r\n\r\n";
    nul[nul.find('?')] = '\0';
    return {
        {"Transfer-Encoding on HTTP/1.0", post(chunked, last, "1.0")},
        {"gzip then Content-Length", post("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n", "abcde")},
        {"Content-Length then gzip", post("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n", "abcde")},
        {"gzip alone", post("Transfer-Encoding: gzip\r\n")},
        {"chunked is not the last", post("Transfer-Encoding: chunked, identity\r\n", last)},
        {"chunked behind another", post("Transfer-Encoding: gzip, chunked\r\n", last)},
        {"chunked twice", post(chunked + chunked, last)},
        {"chunked misspelt", post("Transfer-Encoding: xchunked\r\n", last)},
        {"chunked and Content-Length", post(chunked + "Content-Length: 5\r\n", last)},
        {"Content-Length and chunked", post("Content-Length: 5\r\n" + chunked, last)},
        {"two lengths in one", post("Content-Length: 5, 5\r\n", "abcde")},
        {"two equal lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n", "abcde")},
        {"two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "abcde")},
        {"length with a plus", post("Content-Length: +5\r\n", "abcde")},
        {"length below zero", post("Content-Length: -1\r\n")},
        {"length beyond 64 bits", post("Content-Length: 99999999999999999999\r\n")},
        {"chunk beyond 64 bits", post(chunked, "ffffffffffffffffff\r\n")},
        {"chunk without a size", post(chunked, "\r\n\r\n")},
        {"chunk longer than its size", post(chunked, "1\r\nab\r\n" + last)},
        {"a trailer without a colon", post(chunked, "3\r\nabc\r\n0\r\nfoo bar\r\n\r\n")},
        {"such a trailer of no body", post(chunked, "0\r\nfoo bar\r\n\r\n")},
        {"Content-Length as a trailer", post(chunked, "3\r\nabc\r\n0\r\nContent-Length: 5\r\n\r\n")},
        {"Transfer-Encoding as a trailer", post(chunked, "3\r\nabc\r\n0\r\nTransfer-Encoding: x\r\n\r\n")},
        {"a trailer on two lines", post(chunked, "0\r\nA: b\r\n c\r\n\r\n")},
        {"no Host", "GET /hello HTTP/1.1\r\n\r\n"},
        {"two Hosts", "GET /hello HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"},
        {"a field on two lines", "GET /hello HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n"},
        {"a target with a host", "GET http://x/hello HTTP/1.1\r\nHost: x\r\n\r\n"},
        {"lines that end in LF", "GET /hello HTTP/1.1\nHost: x\n\n"},
        {"a space before the colon", "GET /hello HTTP/1.1\r\nHost : x\r\n\r\n"},
        {"a NUL in a field", nul},
        {"HTTP/2's first line", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
        {"a header of more than 8 KiB",
         "GET /hello HTTP/1.1\r\nHost: x\r\nA: " + std::string(9000, 'a') + "\r\n\r\n", 431,
         "header_too_large"},
        {"an extension of 1 MB", post(chunked, "1;" + std::string(1'000'000, 'a')), 413, "body_too_large"},
        {"trailers of 80 KB", post(chunked, "0\r\nA: " + std::string(80'000, 'a')), 413, "body_too_large"},
    };
}

}  // namespace

TEST_CASE("attacks: what two parsers would read differently is refused, plain and over TLS")
{
    for (auto const how : {transport::plain, transport::tls}) {
        target server{how};
        for (auto const& [name, request, status, reason] : rows()) {
            CAPTURE(static_cast<int>(how));
            CAPTURE(name);
            auto const before = server.refused(reason);
            auto client = server.connect();
            client.send(request + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
            CHECK(client.response().result_int() == static_cast<unsigned>(status));
            CHECK(client.rest() == "");
            CHECK(server.refused(reason) == before + 1);
        }
        CHECK(server.smuggled() == 0);
        CHECK(server.ask("GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n").body() == "smuggled");
        CHECK(server.legitimate_answers() == 100);
    }
}
