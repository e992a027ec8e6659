// SPDX-License-Identifier: Apache-2.0
// stamp: what the server makes up: times, uids, the end of generated names; and which names it takes.
#pragma once

#include "kind.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace localkube {

/// "2026-01-02T03:04:05Z".
[[nodiscard]] std::string now();
/// A random UUID (version 4).
[[nodiscard]] std::string new_uid();
/// Five letters and digits without vowels.
[[nodiscard]] std::string name_suffix();
/// What is wrong with a name, or nothing.
[[nodiscard]] std::optional<std::string> name_fault(name_rule rule, std::string_view name);
/// What is wrong with the key or the value of a label, or nothing.
[[nodiscard]] std::optional<std::string> label_fault(std::string_view key, std::string_view value);

}  // namespace localkube
