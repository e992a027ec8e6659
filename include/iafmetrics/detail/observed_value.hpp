// SPDX-License-Identifier: Apache-2.0
// observed_value: whether an instrument was used since, told by what it holds.
#pragma once

#include <iafmetrics/number.hpp>

#include <bit>
#include <cstdint>

namespace iafmetrics::inline v0::detail {

/// Another number for another value; always the same for an instrument that has no value of its own (info,
/// state_set), whose uses are seen by the access through the owner alone.
template <class Instrument>
std::uint64_t observed_value(Instrument const& instrument) noexcept
{
    if constexpr (requires { instrument.count(); }) {
        return instrument.count();
    } else if constexpr (requires { instrument.value(); }) {
        number const now = instrument.value();
        switch (now.type()) {
        case number::kind::unsigned_integer: return now.as_unsigned();
        case number::kind::signed_integer: return static_cast<std::uint64_t>(now.as_signed());
        case number::kind::real: break;
        }
        return std::bit_cast<std::uint64_t>(now.as_double());
    } else {
        return 0;
    }
}

}  // namespace iafmetrics::inline v0::detail
