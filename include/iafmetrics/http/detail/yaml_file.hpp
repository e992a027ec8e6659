// SPDX-License-Identifier: Apache-2.0
// yaml_file: values of a YAML file by their kind, refused with the file's name, the line and the key.
#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::http::detail {

/// YAML::LoadAll never ends on some texts (yaml-cpp 0.7: ",#"), so documents are counted to two.
inline bool has_second_document(std::string const& text)
{
    struct : YAML::EventHandler {
        void OnDocumentStart(YAML::Mark const&) override {}
        void OnDocumentEnd() override {}
        void OnNull(YAML::Mark const&, YAML::anchor_t) override {}
        void OnAlias(YAML::Mark const&, YAML::anchor_t) override {}
        void OnScalar(YAML::Mark const&, std::string const&, YAML::anchor_t, std::string const&) override {}
        void OnSequenceStart(YAML::Mark const&,
                             std::string const&,
                             YAML::anchor_t,
                             YAML::EmitterStyle::value) override
        {}
        void OnSequenceEnd() override {}
        void
        OnMapStart(YAML::Mark const&, std::string const&, YAML::anchor_t, YAML::EmitterStyle::value) override
        {}
        void OnMapEnd() override {}
    } nobody;
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    return parser.HandleNextDocument(nobody) && parser.HandleNextDocument(nobody);
}

/// Errors: std::runtime_error `path:line: key: reason`.
class yaml_file {
public:
    explicit yaml_file(std::string path) : path_(std::move(path)) {}

    [[noreturn]] void refuse(YAML::Node const& at, std::string_view key, std::string const& reason) const
    {
        throw std::runtime_error(path_ + ":" + std::to_string(at.Mark().line + 1) + ": " + std::string(key) +
                                 (key.empty() ? "" : ": ") + reason);
    }

    /// The pairs of a mapping; an empty value is an empty mapping. Without `known` every key is.
    template <class Take>
    void each(YAML::Node const& node,
              std::string_view name,
              std::initializer_list<std::string_view> known,
              Take const& take) const
    {
        if (node.IsNull()) return;
        if (!node.IsMap()) refuse(node, name, "is not a mapping");
        std::vector<std::string> seen;
        for (auto const& pair : node) {
            if (!pair.first.IsScalar()) refuse(pair.first, name, "has a key that is no text");
            std::string const key = pair.first.Scalar();
            if (known.size() != 0 && std::find(known.begin(), known.end(), key) == known.end())
                refuse(pair.first, key,
                       name.empty() ? "is not a key of a web config file"
                                    : "is not a key of " + std::string(name));
            if (std::find(seen.begin(), seen.end(), key) != seen.end())
                refuse(pair.first, key, "is there twice");
            seen.push_back(key);
            take(key, pair.second);
        }
    }

    std::string text(YAML::Node const& node, std::string_view key) const
    {
        if (node.IsNull()) return {};
        if (!node.IsScalar()) refuse(node, key, "is not a text");
        return node.Scalar();
    }

    bool truth(YAML::Node const& node, std::string_view key) const
    {
        std::string const word = text(node, key);
        bool const is_quoted = node.Tag() == "!";
        for (std::string_view const yes :
             {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"})
            if (word == yes && !is_quoted) return true;
        for (std::string_view const no :
             {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"})
            if (word == no && !is_quoted) return false;
        refuse(node, key, "is neither true nor false: \"" + word + "\"");
    }

    std::vector<std::string> texts(YAML::Node const& node, std::string_view key) const
    {
        std::vector<std::string> found;
        if (node.IsNull()) return found;
        if (!node.IsSequence()) refuse(node, key, "is not a list");
        for (auto const& one : node)
            found.push_back(text(one, key));
        return found;
    }

    /// Of a list of words the index of one.
    std::size_t word_of(YAML::Node const& node,
                        std::string_view key,
                        std::string const& word,
                        std::initializer_list<std::string_view> words) const
    {
        auto const found = std::find(words.begin(), words.end(), word);
        if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
        std::string known;
        for (std::string_view const one : words)
            known += (known.empty() ? "" : ", ") + std::string(one);
        refuse(node, key, "\"" + word + "\" is none of " + known);
    }

private:
    std::string path_;
};

}  // namespace iafmetrics::inline v0::http::detail
