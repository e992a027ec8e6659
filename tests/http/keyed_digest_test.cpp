// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/http/detail/keyed_digest.hpp>

#include <doctest/doctest.h>

#include <string>

using iafmetrics::http::detail::keyed_digest;

namespace {

// The key and the texts of the reference code's vectors: bytes 0, 1, 2, ….
keyed_digest of_first(std::size_t bytes)
{
    std::string text;
    for (std::size_t i = 0; i != bytes; ++i)
        text += static_cast<char>(i);
    return {{0x0706050403020100U, 0x0f0e0d0c0b0a0908U}, text};
}

}  // namespace

TEST_CASE("keyed_digest: is SipHash-2-4-128, as OpenSSL computes it")
{
    // openssl mac -macopt hexkey:000102030405060708090a0b0c0d0e0f -macopt size:16 SIPHASH, words of little endian.
    CHECK(of_first(0).low() == 0xe6a825ba047f81a3U);
    CHECK(of_first(0).high() == 0x930255c71472f66dU);
    CHECK(of_first(1).low() == 0x44af996bd8c187daU);
    CHECK(of_first(1).high() == 0x45fc229b11597634U);
    CHECK(of_first(7).low() == 0x53c1dbd8beebf1a1U);
    CHECK(of_first(7).high() == 0x3982f01fa64ab8c0U);
    CHECK(of_first(8).low() == 0x61f55862baa9623bU);
    CHECK(of_first(8).high() == 0xb49714f364e2830fU);
    CHECK(of_first(15).low() == 0x11a8b03399e99354U);
    CHECK(of_first(15).high() == 0xd9c3cf970fec087eU);
    CHECK(of_first(16).low() == 0xbb54b067caa4e26eU);
    CHECK(of_first(16).high() == 0x77052385bf1533fdU);
    CHECK(of_first(63).low() == 0x4a83502f77d15051U);
    CHECK(of_first(63).high() == 0x7cbd3f979a063e50U);
}

TEST_CASE("keyed_digest: a key is another each time")
{
    auto const one = keyed_digest::key::random();
    auto const other = keyed_digest::key::random();
    CHECK((one.first != other.first || one.second != other.second));
    CHECK(!(keyed_digest(one, "secret") == keyed_digest(other, "secret")));
    CHECK(keyed_digest(one, "secret") == keyed_digest(one, "secret"));
}
