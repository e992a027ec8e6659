// SPDX-License-Identifier: Apache-2.0
// fake_now: the fake clock for instruments that are made without a declaration.
#pragma once

#include <iafmetrics/detail/nanoseconds.hpp>
#include <iafmetrics/testing/fake_clock.hpp>

inline constexpr auto fake_now = &iafmetrics::detail::nanoseconds_of<iafmetrics::testing::fake_clock>;
