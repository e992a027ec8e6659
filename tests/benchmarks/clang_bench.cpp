// SPDX-License-Identifier: Apache-2.0
// The lookup once more, built by clang.
#include "lookup_rows.hpp"

namespace {

int const registered = (rows::add_lookup("lookup3_increment_clang", 128), 0);

}  // namespace
