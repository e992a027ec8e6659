// SPDX-License-Identifier: Apache-2.0
// grouping_key: the labels under which a Pushgateway keeps what one job pushes, as a path.
#pragma once

#include <iafmetrics/beast/detail/base64_text.hpp>
#include <iafmetrics/detail/naming.hpp>
#include <iafmetrics/detail/utf8.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::beast::detail {

using label_list = std::vector<std::pair<std::string, std::string>>;

/// `/instance/a%20b`, or `/instance@base64/YS9i` where the value is empty, has a slash or a control character, or is a
/// dot or two: the path of a URL does not carry those, whether escaped or not.
inline void append_grouping_label(std::string& path, std::string_view name, std::string_view value)
{
    auto const is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; };
    bool const is_coded =
        value.empty() || value == "." || value == ".." ||
        std::any_of(value.begin(), value.end(), [&](char c) { return c == '/' || is_control(c); });
    path += '/';
    path += name;
    path += is_coded ? "@base64/" : "/";
    if (is_coded) {
        path += value.empty() ? "=" : base64_text(value, base64_alphabet::url_safe);
        return;
    }
    for (char const c : value) {
        bool const is_unreserved = iafmetrics::detail::is_letter(c) || iafmetrics::detail::is_digit(c) ||
                                   c == '-' || c == '.' || c == '~';  // RFC 3986, section 2.3
        if (is_unreserved) {
            path += c;
            continue;
        }
        auto const byte = static_cast<unsigned char>(c);
        path += '%';
        path += "0123456789ABCDEF"[byte >> 4U];
        path += "0123456789ABCDEF"[byte & 15U];
    }
}

/// `/metrics/job/nightly/instance/a`.
///
/// A value that is not UTF-8 is refused here, for Debian's Pushgateway 1.5.1 takes its labels on before it answers 400,
/// and then refuses everybody's pushes until that group is deleted.
///
/// Errors: std::invalid_argument `cannot push job "nightly": grouping label "a-b": a label name must match …`.
[[nodiscard]] inline std::string grouping_path(std::string const& job, label_list const& grouping)
{
    auto const refuse = [&](std::string const& why) {
        throw std::invalid_argument("cannot push job \"" + job + "\": " + why);
    };
    if (job.empty()) throw std::invalid_argument("cannot push: the job needs a name");
    if (!iafmetrics::detail::is_valid_utf8(job)) refuse("the name must be valid UTF-8");
    std::string path = "/metrics";
    append_grouping_label(path, "job", job);
    for (auto label = grouping.begin(); label != grouping.end(); ++label) {
        auto const& [name, value] = *label;
        std::string const what = "grouping label \"" + name + "\": ";
        if (!iafmetrics::detail::is_label_name(name))
            refuse(what + "a label name must match [a-zA-Z_][a-zA-Z0-9_]*");
        if (name == "job") refuse(what + "the job has this name");
        if (name == "le" || name == "quantile" || name.starts_with("__"))
            refuse(what + "a label must not be named le or quantile or begin with __");
        if (std::any_of(grouping.begin(), label,
                        [&](auto const& other) { return other.first == label->first; }))
            refuse(what + "a label name may appear only once");
        if (!iafmetrics::detail::is_valid_utf8(value)) refuse(what + "the value must be valid UTF-8");
        append_grouping_label(path, name, value);
    }
    return path;
}

}  // namespace iafmetrics::inline v0::beast::detail
