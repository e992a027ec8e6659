// SPDX-License-Identifier: Apache-2.0
// require: what a fuzz target holds to be true; where it is not, the input is a find.
#pragma once

#include <stdexcept>
#include <string>

/// Throws: libFuzzer ends and keeps the input, a test reports the file that it was read from.
inline void require(bool is_so, char const* what)
{
    if (!is_so) throw std::logic_error(std::string("not so: ") + what);
}
