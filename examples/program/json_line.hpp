// SPDX-License-Identifier: Apache-2.0
// Appends JSON to a string: what a log line is made of.
#pragma once

#include <string>
#include <string_view>

namespace program {

/// Appends `text` as a JSON string. The result is valid JSON in valid UTF-8 and has no line break, whatever
/// the bytes: each byte that is not part of a well-formed sequence becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// Appends a number; what JSON cannot say (NaN, infinities) becomes null.
void append_json_number(std::string& out, double value);

}  // namespace program
