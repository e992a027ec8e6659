// SPDX-License-Identifier: Apache-2.0
// landing_page: what a browser sees at / of a server of metrics.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0::http {

struct landing_link {
    std::string_view path;
    std::string_view text;
};

/// A page of HTML that links to the others; without scripts or styles, and with all that it is given escaped.
///
///     response.set(http::field::content_type, landing_page_type);
///     response.body() = landing_page("shop", {{"/metrics", "Metrics"}});
[[nodiscard]] inline std::string landing_page(std::string_view title,
                                              std::initializer_list<landing_link> links)
{
    std::string page;
    auto const escaped = [&](std::string_view text) {
        for (char const c : text) {
            switch (c) {
            case '&': page += "&amp;"; break;
            case '<': page += "&lt;"; break;
            case '>': page += "&gt;"; break;
            case '"': page += "&quot;"; break;
            case '\'': page += "&#39;"; break;
            default: page += c;
            }
        }
    };
    page += "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>";
    escaped(title);
    page += "</title></head>\n<body>\n<h1>";
    escaped(title);
    page += "</h1>\n<ul>\n";
    for (landing_link const& link : links) {
        page += "<li><a href=\"";
        escaped(link.path);
        page += "\">";
        escaped(link.text);
        page += "</a></li>\n";
    }
    page += "</ul>\n</body>\n</html>\n";
    return page;
}

inline constexpr std::string_view landing_page_type = "text/html; charset=utf-8";

}  // namespace iafmetrics::inline v0::http
