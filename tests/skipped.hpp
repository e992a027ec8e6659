// SPDX-License-Identifier: Apache-2.0
// skipped: what a build cannot check is shown by CTest as skipped, and not as passed.
#pragma once

#include <doctest/doctest.h>

// g++ defines these macros, the presets do for clang.
#ifdef __SANITIZE_THREAD__
inline constexpr bool is_under_thread_sanitizer = true;
#else
inline constexpr bool is_under_thread_sanitizer = false;
#endif
#ifdef __SANITIZE_ADDRESS__
inline constexpr bool is_under_address_sanitizer = true;
#else
inline constexpr bool is_under_address_sanitizer = false;
#endif

/// `return skip("...");` ends a case.
inline void skip(char const* why) { MESSAGE("skipped: ", why); }

inline constexpr char const* forks_are_not_followed =
    "ThreadSanitizer does not follow a fork of a threaded process";
