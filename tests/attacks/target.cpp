// SPDX-License-Identifier: Apache-2.0
#include "target.hpp"

#include <iafmetrics/exposition/text.hpp>

#include "certificates.hpp"
#include <malloc.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

namespace test {

using namespace iafmetrics::http_service;
using namespace std::chrono_literals;

namespace {

std::size_t resident()
{
    std::ifstream file{"/proc/self/statm"};
    std::size_t all = 0;
    std::size_t pages = 0;
    file >> all >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

target::target(transport how, server_options options)
{
    if (how == transport::tls) {
        auto const authority = make_certificate({.is_authority = true});
        auto const own = make_certificate({.names = "IP:127.0.0.1", .issuer = &authority});
        options.tls = {.certificate = {.text = own.chain}, .key = {.text = own.key}};
        client_ = std::make_unique<net::ssl::context>(client_context(authority));
    }
    router routes;
    routes.add(http::verb::get, "/hello",
               [](request const&) -> net::awaitable<answer> { co_return text("hello"); });
    routes.add(http::verb::post, "/echo",
               [](request const& r) -> net::awaitable<answer> { co_return text(std::string{r.body}); });
    routes.add(http::verb::get, "/smuggled", [this](request const&) -> net::awaitable<answer> {
        ++smuggled_;
        co_return text("smuggled");
    });
    options.refusals = &turned_away_;
    server_ = std::make_unique<running>(std::move(options), std::move(routes));
    ::malloc_trim(0);
    before_ = resident();
}

target::~target() = default;

raw_client target::connect() { return raw_client{port(), client_.get()}; }

http::response<http::string_body> target::ask(std::string_view request)
{
    return test::ask(port(), request, client_.get());
}

double target::refused(std::string const& reason) const
{
    auto const page = iafmetrics::exposition::text(metrics_);
    auto const line = "iafmetrics_http_refused_total{reason=\"" + reason + "\"} ";
    auto const at = page.find(line);
    return at == std::string::npos ? -1 : std::stod(page.substr(at + line.size()));
}

bool target::comes_to_refuse(std::initializer_list<char const*> reasons, double at_least) const
{
    auto const deadline = std::chrono::steady_clock::now() + 20s;
    while (std::chrono::steady_clock::now() < deadline) {
        double found = 0;
        for (auto const* const reason : reasons)
            found += refused(reason);
        if (found >= at_least) return true;
        std::this_thread::sleep_for(2ms);
    }
    return false;
}

int target::legitimate_answers(std::string_view request, std::string_view answer)
{
    int answered = 0;
    for (int i = 0; i < 100; ++i) {
        auto const begun = std::chrono::steady_clock::now();
        try {
            auto const got = ask(request);
            if (got.body() == answer && std::chrono::steady_clock::now() - begun < 10s) ++answered;
        } catch (boost::system::system_error const&) {}
    }
    return answered;
}

std::size_t target::grown() const
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 0;
#else
    auto const now = resident();
    return now > before_ ? now - before_ : 0;
#endif
}

}  // namespace test
