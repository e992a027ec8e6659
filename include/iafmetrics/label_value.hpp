// SPDX-License-Identifier: Apache-2.0
// label_value: what may be given to with(): text, an integer, a bool, or an enumerator that has a name.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace iafmetrics::inline v0 {

/// An enumerator is a label value where a function `to_label_value` is found beside its type:
///
///     enum class phase { pending, running };
///     constexpr std::string_view to_label_value(phase p)
///     {
///         return p == phase::pending ? "Pending" : "Running";
///     }
///
/// It returns a std::string_view, a char const* or a reference: a string of its own would be gone before it is used.
template <class Type>
concept named_enumerator = std::is_enum_v<Type> && requires(Type value) {
    { to_label_value(value) } -> std::convertible_to<std::string_view>;
    requires std::is_trivially_destructible_v<decltype(to_label_value(value))>;
};

namespace detail {
template <class Type>
concept character = std::same_as<Type, char> || std::same_as<Type, wchar_t> || std::same_as<Type, char8_t> ||
                    std::same_as<Type, char16_t> || std::same_as<Type, char32_t>;
}

template <class Type>
concept label_value =
    (std::convertible_to<Type const&, std::string_view> && !std::same_as<Type, std::nullptr_t>) ||
    named_enumerator<Type> ||
    (std::integral<Type> && !detail::character<Type> && sizeof(Type) <= sizeof(long long));

namespace detail {

/// A label value as text, without an allocation: numbers are written into the object itself.
class label_text {
public:
    template <label_value Type>
    explicit label_text(Type const& value) noexcept
    {
        if constexpr (std::convertible_to<Type const&, std::string_view>) {
            text_ = std::string_view(value);
        } else if constexpr (std::is_enum_v<Type>) {
            text_ = std::string_view(to_label_value(value));
        } else if constexpr (std::same_as<Type, bool>) {
            text_ = value ? "true" : "false";
        } else {
            auto const end = std::to_chars(digits_, digits_ + sizeof digits_, value).ptr;
            text_ = {digits_, static_cast<std::size_t>(end - digits_)};
        }
    }
    label_text(label_text const&) = delete;
    label_text& operator=(label_text const&) = delete;

    [[nodiscard]] std::string_view view() const noexcept { return text_; }

private:
    std::string_view text_;
    char digits_[21];  // the longest 64-bit number and its sign
};

}  // namespace detail
}  // namespace iafmetrics::inline v0
