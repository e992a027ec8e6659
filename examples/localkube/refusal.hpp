// SPDX-License-Identifier: Apache-2.0
// refusal: why the API does not do what was asked, in the words of Kubernetes.
#pragma once

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace localkube {

struct kind;

/// One thing that is wrong with one field.
struct cause {
    std::string reason;  // FieldValueInvalid, FieldValueRequired, …
    std::string field;   // spec.port
    std::string message;
};

/// What becomes a `Status` object.
struct refusal {
    int code = 500;
    std::string reason{};
    std::string message{};
    boost::json::object details{};
};

/// A value, or the refusal that says why there is none.
template <class T>
using outcome = boost::system::result<T, refusal>;

/// Never called by our code, which asks has_value() first; result::value() needs it.
[[noreturn]] void throw_exception_from_error(refusal const& why, boost::source_location const& where);

/// The `Status` object of an answer.
[[nodiscard]] boost::json::object to_json(refusal const& why);

[[nodiscard]] refusal not_found(kind const& what, std::string_view name);
[[nodiscard]] refusal already_exists(kind const& what, std::string_view name);
[[nodiscard]] refusal conflict(kind const& what, std::string_view name, std::string_view why);
[[nodiscard]] refusal modified_meanwhile(kind const& what, std::string_view name);
[[nodiscard]] refusal invalid(kind const& what, std::string_view name, std::vector<cause> const& causes);
[[nodiscard]] refusal bad_request(std::string message);
[[nodiscard]] refusal forbidden(kind const& what, std::string_view name, std::string_view why);
[[nodiscard]] refusal expired(std::string message);
[[nodiscard]] refusal version_too_large(std::string_view wanted, std::string_view current);
[[nodiscard]] refusal apply_conflict(std::vector<cause> const& causes);

}  // namespace localkube
