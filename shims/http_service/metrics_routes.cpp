// SPDX-License-Identifier: Apache-2.0
// Scrapes in line, made in threads of their own, and held until they have been sent.
#include <iafmetrics/beast/detail/network_of.hpp>
#include <iafmetrics/beast/detail/turns.hpp>
#include <iafmetrics/beast/metrics_endpoint.hpp>
#include <iafmetrics/http/landing_page.hpp>

#include <http_service/detail/handover.hpp>
#include <http_service/metrics_routes.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <exception>
#include <list>
#include <map>
#include <ranges>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace iafmetrics::http_service {

namespace {

using iafmetrics::beast::metrics_endpoint;
using iafmetrics::beast::detail::turn;
using iafmetrics::beast::detail::turns;
using clock = std::chrono::steady_clock;

response plain(http::status status, std::string text)
{
    response made{status, 11};
    made.set(http::field::content_type, "text/plain; charset=utf-8");
    made.body() = std::move(text);
    return made;
}

// The lines of one name, joined by commas.
std::string joined(http::fields const& fields, http::field name)
{
    std::string all;
    auto const lines = fields.equal_range(name);
    for (auto line = lines.first; line != lines.second; ++line) {
        if (!all.empty()) all += ',';
        all.append(line->value().data(), line->value().size());
    }
    return all;
}

// What was made of a scrape.
struct outcome {
    response answer;
    std::exception_ptr failed = {};
};

// A scrape, from its request to the end of its answer. A copy of what the request says, which may be gone before.
struct scrape {
    scrape(request const& of, net::any_io_executor const& of_line)
        : network{iafmetrics::beast::detail::network_of(of.peer)},
          accept{joined(of.headers, http::field::accept)},
          accept_encoding{joined(of.headers, http::field::accept_encoding)},
          query{metrics_endpoint::query_of(of.target)},
          scrape_timeout{of.header("X-Prometheus-Scrape-Timeout-Seconds")},
          ended{of_line, clock::time_point::max()}
    {}

    turns::address const network;
    std::string const accept;
    std::string const accept_encoding;
    std::string const query;
    std::string const scrape_timeout;  // as the scraper said it
    std::chrono::nanoseconds const timeout = metrics_endpoint::timeout_of(scrape_timeout);  // 0: none
    clock::time_point const begun = clock::now();
    std::shared_ptr<detail::handover<outcome>> const made = std::make_shared<detail::handover<outcome>>();
    std::shared_ptr<http_service::sending> const sending = std::make_shared<http_service::sending>();

    // Of the line's thread alone.
    turn* in_line = nullptr;
    bool is_over = false;     // nobody waits for the answer any more
    net::steady_timer ended;  // never expires: moved to the past when it is over
};

}  // namespace

// Coroutines of the line refer to it without holding it: they end with the line's thread, which it waits for.
class metrics_routes::state : public std::enable_shared_from_this<state> {
public:
    state(registry const& metrics, metrics_routes_options options)
        : options_{std::move(options)}, endpoint_{metrics,
                                                  {.path = options_.path,
                                                   .coding = options_.coding,
                                                   .page = options_.page,
                                                   .metrics = options_.metrics}},
          turns_{options_.scrape_limit, options_.scrape_send_time}, pages_{options_.scrape_limit}
    {
        // The first timer of an event loop opens its descriptors: now, and not at a scrape, when there may be none.
        net::steady_timer const first{line_};
    }

    metrics_routes_options const& options() const { return options_; }

    // Waits for the pages under way; those that wait for their turn get none.
    void stop()
    {
        pages_.stop();
        pages_.join();
        line_.stop();
        line_.join();
    }

    net::awaitable<answer> answer_scrape(request const& asked)
    {
        auto const one = std::make_shared<scrape>(asked, line_.get_executor());
        auto const held = std::make_shared<holder>(shared_from_this(), one);
        net::co_spawn(line_, take_turn(one), [one](std::exception_ptr failed) {
            if (failed) one->made->set(one->made, outcome{{}, failed});
        });
        auto made = co_await detail::handover<outcome>::take(one->made);
        if (!made) co_return unavailable();  // a drain that did not wait
        if (made->failed) std::rethrow_exception(made->failed);
        held_response whole{std::move(made->answer), held, one->sending};
        co_return whole;
    }

private:
    // Held by who waits for the answer and by the answer that is being sent; the turn ends with it.
    class holder {
    public:
        holder(std::shared_ptr<state> of, std::shared_ptr<scrape> held)
            : of_{std::move(of)}, held_{std::move(held)}
        {}
        holder(holder const&) = delete;
        holder& operator=(holder const&) = delete;
        ~holder()
        {
            net::post(of_->line_, [one = held_] {
                one->is_over = true;
                if (one->in_line != nullptr) one->in_line->lose_place();
                one->ended.expires_at(clock::time_point::min());
            });
        }

    private:
        std::shared_ptr<state> of_;
        std::shared_ptr<scrape> held_;
    };

    // A scrape's place in the line of those that wait.
    class place_in_line {
    public:
        place_in_line(std::list<scrape*>& line, scrape& one, turn& waits) : line_{line}, one_{one}
        {
            line_.push_back(&one);
            one.in_line = &waits;
        }
        place_in_line(place_in_line const&) = delete;
        place_in_line& operator=(place_in_line const&) = delete;
        ~place_in_line()
        {
            line_.remove(&one_);
            one_.in_line = nullptr;
        }

    private:
        std::list<scrape*>& line_;
        scrape& one_;
    };

    // On the line's thread, from the request to the end of its answer.
    net::awaitable<void> take_turn(std::shared_ptr<scrape> one)
    {
        auto const executor = co_await net::this_coro::executor;
        turn mine{turns_, executor, one->network};
        bool const has_turn = co_await wait(*one, mine);
        if (one->is_over) co_return;
        if (!has_turn) {
            if (options_.metrics != nullptr) {
                options_.metrics->refused.with("scrape_limit").increment();
                options_.metrics->by_code.with(503).increment();
            }
            one->made->set(one->made, outcome{unavailable()});
            co_return;
        }
        auto making = net::co_spawn(pages_, page(*one), net::use_awaitable);
        auto page = co_await std::move(making);
        if (one->is_over) co_return;
        mine.is_sending(*one->sending);
        one->made->set(one->made, outcome{std::move(page.answer)});
        (void)co_await one->ended.async_wait(net::as_tuple(net::use_awaitable));
    }

    net::awaitable<bool> wait(scrape& one, turn& mine)
    {
        if (one.is_over || !make_room_for(one.network)) co_return false;
        place_in_line const here{waiting_, one, mine};
        std::chrono::nanoseconds const longest = options_.scrape_wait;
        co_return co_await mine.wait(one.timeout.count() == 0 ? longest : std::min(longest, one.timeout / 2));
    }

    // Where the line is full, the last in it of the network that has most makes way, for a network that has fewer.
    bool make_room_for(turns::address const& network)
    {
        if (turns_.has_free() || waiting_.size() < options_.scrapes_waiting) return true;
        std::map<turns::address, std::size_t> of_network{{network, 0}};
        for (auto const* const one : waiting_)
            ++of_network[one->network];
        auto const most = std::ranges::max_element(of_network, {}, [](auto const& of) { return of.second; });
        if (most->second <= of_network[network] + 1) return false;
        auto* const last = *std::ranges::find(waiting_ | std::views::reverse, most->first, &scrape::network);
        waiting_.remove(last);
        last->in_line->lose_place();
        return true;
    }

    // On a thread of its own.
    net::awaitable<metrics_endpoint::scrape> page(scrape const& one) const
    {
        co_return endpoint_.begin(http::verb::get, {.accept = one.accept,
                                                    .accept_encoding = one.accept_encoding,
                                                    .query = one.query,
                                                    .scrape_timeout = one.scrape_timeout,
                                                    .waited = clock::now() - one.begun});
    }

    static response unavailable()
    {
        auto made = plain(http::status::service_unavailable, "too many scrapes at once\n");
        made.set(http::field::retry_after, "1");
        return made;
    }

    metrics_routes_options const options_;
    metrics_endpoint const endpoint_;
    turns turns_;
    std::list<scrape*> waiting_;
    net::thread_pool line_{1};  // the thread of the turns
    net::thread_pool pages_;
};

metrics_routes::metrics_routes(registry const& metrics, metrics_routes_options options)
{
    if (options.scrape_limit == 0)
        throw std::invalid_argument{"metrics_routes: a scrape_limit of 0 lets nobody scrape"};
    state_ = std::make_shared<state>(metrics, std::move(options));
}

metrics_routes::~metrics_routes() { state_->stop(); }

void metrics_routes::add_to(router& routes) const
{
    auto const& options = state_->options();
    auto const add = [&](std::string_view path, handler handle) {
        routes.add(http::verb::get, path, std::move(handle), {.observed = false});
    };
    add(options.path, [of = state_](request const& r) { return of->answer_scrape(r); });
    add("/-/healthy",
        [](request const&) -> net::awaitable<answer> { co_return plain(http::status::ok, "healthy\n"); });
    add("/-/ready", [ready = options.ready](request const&) -> net::awaitable<answer> {
        bool const is_ready = !ready || ready();
        co_return plain(is_ready ? http::status::ok : http::status::service_unavailable,
                        is_ready ? "ready\n" : "not ready\n");
    });
    if (options.path == "/") return;
    add("/",
        [page = iafmetrics::http::landing_page(
             options.title,
             {{options.path, "Metrics"}, {"/-/healthy", "Health"}, {"/-/ready", "Readiness"}})](
            request const&) -> net::awaitable<answer> {
            auto made = plain(http::status::ok, page);
            made.set(http::field::content_type, iafmetrics::http::landing_page_type);
            made.set("X-Content-Type-Options", "nosniff");
            co_return made;
        });
}

}  // namespace iafmetrics::http_service
