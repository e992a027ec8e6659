// SPDX-License-Identifier: Apache-2.0
// keyed_digest: a secret's fingerprint, which says nothing without this process' key.
#pragma once

#include <sys/random.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>

namespace iafmetrics::inline v0::http::detail {

/// SipHash-2-4 with 128 bits (Aumasson and Bernstein, 2012; the 128-bit variant of its authors' reference code). Who
/// does not know the key finds no two texts of one digest, and no text of a digest.
class keyed_digest {
public:
    struct key {
        std::uint64_t first;
        std::uint64_t second;

        /// From the system's random numbers. Errors: std::system_error where it has none.
        static key random()
        {
            key made{};
            std::size_t filled = 0;
            while (filled != sizeof made) {
                ssize_t const got =
                    ::getrandom(reinterpret_cast<char*>(&made) + filled, sizeof made - filled, 0);
                if (got < 0 && errno != EINTR)
                    throw std::system_error(errno, std::generic_category(), "no random numbers");
                if (got > 0) filled += static_cast<std::size_t>(got);
            }
            return made;
        }
    };

    keyed_digest() = default;
    keyed_digest(key const& with, std::string_view text) noexcept
    {
        std::array<std::uint64_t, 4> v{0x736f6d6570736575U ^ with.first,
                                       0x646f72616e646f6dU ^ with.second ^ 0xeeU,
                                       0x6c7967656e657261U ^ with.first, 0x7465646279746573U ^ with.second};
        std::size_t const size = text.size();
        for (; text.size() >= 8; text.remove_prefix(8))
            mix(v, word(text.substr(0, 8)));
        mix(v, word(text) | static_cast<std::uint64_t>(size & 0xFFU) << 56U);
        v[2] ^= 0xeeU;
        low_ = finish(v);
        v[1] ^= 0xddU;
        high_ = finish(v);
    }

    [[nodiscard]] std::uint64_t low() const noexcept { return low_; }
    [[nodiscard]] std::uint64_t high() const noexcept { return high_; }

    /// In the same time whatever the digests are.
    friend bool operator==(keyed_digest const& one, keyed_digest const& other) noexcept
    {
        return ((one.low_ ^ other.low_) | (one.high_ ^ other.high_)) == 0;
    }

private:
    /// Up to eight bytes, the first the lowest.
    static std::uint64_t word(std::string_view bytes) noexcept
    {
        std::uint64_t made = 0;
        for (std::size_t i = 0; i != bytes.size(); ++i)
            made |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << 8 * i;
        return made;
    }

    static void round(std::array<std::uint64_t, 4>& v) noexcept
    {
        v[0] += v[1];
        v[1] = std::rotl(v[1], 13) ^ v[0];
        v[0] = std::rotl(v[0], 32);
        v[2] += v[3];
        v[3] = std::rotl(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = std::rotl(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = std::rotl(v[1], 17) ^ v[2];
        v[2] = std::rotl(v[2], 32);
    }

    static void mix(std::array<std::uint64_t, 4>& v, std::uint64_t next) noexcept
    {
        v[3] ^= next;
        round(v);
        round(v);
        v[0] ^= next;
    }

    static std::uint64_t finish(std::array<std::uint64_t, 4>& v) noexcept
    {
        for (int i = 0; i != 4; ++i)
            round(v);
        return v[0] ^ v[1] ^ v[2] ^ v[3];
    }

    std::uint64_t low_ = 0;
    std::uint64_t high_ = 0;
};

}  // namespace iafmetrics::inline v0::http::detail
