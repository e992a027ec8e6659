// SPDX-License-Identifier: Apache-2.0
#include "stamp.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <random>

namespace localkube {
namespace {

std::mt19937_64& random_source()
{
    thread_local std::mt19937_64 source{(std::uint64_t{std::random_device{}()} << 32U) ^
                                        std::random_device{}()};
    return source;
}

bool lower(char c) { return c >= 'a' && c <= 'z'; }
bool digit(char c) { return c >= '0' && c <= '9'; }
bool upper(char c) { return c >= 'A' && c <= 'Z'; }

bool is_label(std::string_view text)
{
    auto const edge = [](char c) { return lower(c) || digit(c); };
    return !text.empty() && edge(text.front()) && edge(text.back()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return edge(c) || c == '-'; });
}

bool is_subdomain(std::string_view text)
{
    for (;;) {
        auto const dot = text.find('.');
        if (!is_label(text.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

bool is_qualified(std::string_view text)  // of label values and of the name part of label keys
{
    auto const edge = [](char c) { return lower(c) || upper(c) || digit(c); };
    return !text.empty() && text.size() <= 63 && edge(text.front()) && edge(text.back()) &&
           std::all_of(text.begin(), text.end(),
                       [&](char c) { return edge(c) || c == '-' || c == '_' || c == '.'; });
}

}  // namespace

std::string now()
{
    auto const seconds = std::time(nullptr);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    std::array<char, 32> out{};
    return {out.data(), std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

std::string new_uid()
{
    auto const high = (random_source()() & ~0xF000ULL) | 0x4000ULL;
    auto const low = (random_source()() & ~(3ULL << 62U)) | (1ULL << 63U);
    std::array<char, 40> out{};
    auto const n = std::snprintf(out.data(), out.size(), "%08llx-%04llx-%04llx-%04llx-%012llx",
                                 static_cast<unsigned long long>(high >> 32U),
                                 static_cast<unsigned long long>((high >> 16U) & 0xFFFFU),
                                 static_cast<unsigned long long>(high & 0xFFFFU),
                                 static_cast<unsigned long long>(low >> 48U),
                                 static_cast<unsigned long long>(low & 0xFFFFFFFFFFFFULL));
    return {out.data(), static_cast<std::size_t>(n)};
}

std::string name_suffix()
{
    constexpr std::string_view letters = "bcdfghjklmnpqrstvwxz2456789";
    std::string out;
    std::uniform_int_distribution<std::size_t> any(0, letters.size() - 1);
    while (out.size() < 5)
        out += letters[any(random_source())];
    return out;
}

std::optional<std::string> name_fault(name_rule rule, std::string_view name)
{
    auto const longest = rule == name_rule::dns_subdomain ? 253U : 63U;
    if (name.size() > longest) return "must be no more than " + std::to_string(longest) + " bytes";
    switch (rule) {
    case name_rule::dns_subdomain:
        if (is_subdomain(name)) return std::nullopt;
        return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
               "'.', "
               "and must start and end with an alphanumeric character";
    case name_rule::dns_label:
        if (is_label(name)) return std::nullopt;
        return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
               "must "
               "start and end with an alphanumeric character";
    case name_rule::dns_1035_label:
        if (is_label(name) && lower(name.front())) return std::nullopt;
        return "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
               "alphabetic character, and end with an alphanumeric character";
    case name_rule::application:
        if (name.size() <= 53 && is_label(name) && lower(name.front())) return std::nullopt;
        return "name must be at most 53 lower-case letters, digits and hyphens, starting with a letter";
    }
    return std::nullopt;
}

std::optional<std::string> label_fault(std::string_view key, std::string_view value)
{
    auto const slash = key.find('/');
    auto const name = slash == std::string_view::npos ? key : key.substr(slash + 1);
    if (slash != std::string_view::npos && (slash > 253 || !is_subdomain(key.substr(0, slash))))
        return "prefix part must be a lowercase RFC 1123 subdomain";
    if (!is_qualified(name))
        return "name part must consist of alphanumeric characters, '-', '_' or '.', and must "
               "start and end with an alphanumeric character, at most 63 of them";
    if (!value.empty() && !is_qualified(value))
        return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
               "'.', and "
               "must start and end with an alphanumeric character, at most 63 of them";
    return std::nullopt;
}

}  // namespace localkube
