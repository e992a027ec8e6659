// SPDX-License-Identifier: Apache-2.0
// Settings of a program: each is a flag and an environment variable, bound to a variable that holds the
// default.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace program {

/// A wrong flag, variable or value. what() is one line that names it.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The settings of one program.
///
///     std::uint16_t port = 8080;
///     program::options options{"apiserver", "Serves IAF's REST API."};
///     options.add("port", "IAF_PORT", port, "port of the API; 0 takes a free one");
///     options.parse(argc, argv);                  // --port 8088, --port=8088 or IAF_PORT=8088
///
/// A flag wins over its variable; a variable that is set to nothing counts as not set.
/// Lifetime: the bound variables outlive the call of parse().
class options {
public:
    /// Takes the text of a value; throws std::invalid_argument("must be …") when it is none.
    using assign = std::function<void(std::string const&)>;

    options(std::string program, std::string summary);

    /// A setting of any type. An `environment` of "" makes it a flag only; `initial` is what the help shows.
    options&
    add(std::string name, std::string environment, std::string initial, std::string help, assign set);

    /// A text. The variable's value is the default.
    options& add(std::string name, std::string environment, std::string& value, std::string help);

    /// A whole number in a range. The variable's value is the default.
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    options& add(std::string name,
                 std::string environment,
                 T& value,
                 std::string help,
                 T least = std::numeric_limits<T>::min(),
                 T most = std::numeric_limits<T>::max())
    {
        return add(std::move(name), std::move(environment), std::to_string(value), std::move(help),
                   [&value, least, most](std::string const& text) {
                       value = static_cast<T>(number(text, static_cast<std::int64_t>(least),
                                                     std::in_range<std::int64_t>(most)
                                                         ? static_cast<std::int64_t>(most)
                                                         : std::numeric_limits<std::int64_t>::max()));
                   });
    }

    /// Reads the command line, then the environment, into the bound variables.
    /// Errors: usage_error. Returns false when `--help` was asked for: nothing was assigned.
    bool parse(int argc, char const* const* argv) const;

    /// The text of `--help`: every flag with its variable and default.
    void help(std::ostream& out) const;

    std::string const& program() const noexcept { return program_; }

    /// A whole number from least to most. Errors: std::invalid_argument("must be a number from … to …, not
    /// …").
    static std::int64_t number(std::string const& text, std::int64_t least, std::int64_t most);

private:
    struct setting {
        std::string name, environment, initial, help;
        assign set;
    };

    setting const* find(std::string const& name) const;

    std::string program_, summary_;
    std::vector<setting> settings_;
};

}  // namespace program
