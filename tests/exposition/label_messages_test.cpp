// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/label_messages.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace iafmetrics;
using exposition::label_messages;
namespace wire = exposition::wire;

namespace {

/// In no more room than it asks for.
template <class Put>
std::string message_of(std::string_view labels, Put put)
{
    std::vector<char> room(wire::room_of(labels_view(labels)));
    char* const end = put(room.data(), labels_view(labels));
    return {room.data(), end};
}

std::string plain(std::string_view labels)
{
    return message_of(labels, [](char* at, labels_view of) { return wire::put_labels(at, of); });
}

std::string kept(label_messages& messages, std::string_view labels)
{
    return message_of(labels, [&](char* at, labels_view of) { return messages.put(at, of); });
}

}  // namespace

TEST_CASE("label_messages: a series has its own labels, whatever the series before it had")
{
    label_messages messages;
    for (std::string_view const labels :
         {R"(a="1",b="2")", R"(a="1",b="2")", R"(a="12",b="2")", R"(a="1\"",b="2")", R"(a="1\",b=\"2")",
          R"(a="1",b="2")", R"(a="",b="\\")", R"(ab="1",b="2")", R"(a="1")", R"(b="2")", "",
          R"(a="1",b="\n",c="3")", R"(a="1",b="n",c="3")", R"(a1="1")", R"(a="1=")"})
        CHECK(kept(messages, labels) == plain(labels));
}

TEST_CASE("label_messages: a family's names are not those of the family before")
{
    label_messages messages;
    CHECK(kept(messages, R"(path="/",code="1")") == plain(R"(path="/",code="1")"));
    messages.begin_family();
    CHECK(kept(messages, R"(code="1",path="/")") == plain(R"(code="1",path="/")"));
}

TEST_CASE("label_messages: it writes what is written without it, of any series in any order")
{
    std::mt19937 random(5);  // NOLINT(cert-msc51-cpp): the same series at each run
    auto const below = [&](std::size_t end) { return random() % end; };
    std::vector<std::string> names;
    for (int i = 0; i != 11; ++i)  // more than are kept
        names.push_back("name_" + std::string(below(20), 'x') + std::to_string(i));
    label_messages messages;
    for (int family = 0; family != 50; ++family) {
        messages.begin_family();
        std::size_t const count = below(names.size() + 1);
        for (int series = 0; series != 100; ++series) {
            std::string labels;
            for (std::size_t i = 0; i != count; ++i) {
                std::string value;
                // Places that are the same, a few, often another, and any.
                for (std::size_t size = below(i % 4 == 0   ? 1
                                              : i % 4 == 1 ? 2
                                              : i % 4 == 2 ? 40
                                                           : 150);
                     size != 0; --size)
                    value += "ab\\\"\n=,/"[below(i % 4 == 1 ? 1 : 8)];
                detail::append_label(labels, below(50) == 0 ? "other" : names[i], value);
            }
            REQUIRE(kept(messages, labels) == plain(labels));
        }
    }
}
