// SPDX-License-Identifier: Apache-2.0
// web_config: exporter-toolkit's web config file. Needs yaml-cpp and libcrypt: CMake target iafmetrics::web_config.
#pragma once

#include <iafmetrics/http/basic_auth.hpp>
#include <iafmetrics/http/detail/go_duration.hpp>
#include <iafmetrics/http/detail/watched_file.hpp>
#include <iafmetrics/http/rate_limit.hpp>
#include <iafmetrics/http/tls_options.hpp>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::http {

namespace detail {

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

}  // namespace detail

/// What a web config file says, checked. `path:line: key: reason` is what std::runtime_error says of one that breaks a rule.
///
///     auto const config = web_config::read("/etc/shop/web.yml");
///     if (!config.users.empty()) serve_options.authorize = basic_auth(config.users);
///
/// The format is that of https://github.com/prometheus/exporter-toolkit, docs/web-configuration.md, with rate_limit and
/// client_allowed_sans, which Debian's Prometheus does not know yet. What exporter-toolkit refuses is refused, and more:
/// versions of TLS below 1.2, a max_version below the min_version, a hash that costs more than 2^14 rounds, a header's value
/// with a line break, and a second document. http2 is read and has no effect: HTTP/1.1 is what is served.
struct web_config {
    std::optional<tls_options> tls;  ///< where the file says anything of certificates
    std::vector<std::pair<std::string, std::string>> headers;  ///< for every answer
    basic_auth::user_list users;
    rate_limit_options rate_limit;

    /// Errors: std::runtime_error. Certificates are not looked at: that is for who uses them.
    [[nodiscard]] static web_config read(std::string const& path)
    {
        return parse(detail::whole_file(path), path);
    }

    /// The same of a text; relative paths are of the directory of `path`, which messages name.
    [[nodiscard]] static web_config parse(std::string const& text, std::string const& path);

private:
    class reader;
};

/// Reads one file. Each function takes the value of one key.
class web_config::reader {
public:
    explicit reader(std::string const& path)
        : path_(path), folder_(path.substr(0, path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1))
    {}

    void read(YAML::Node const& root, web_config& into) const
    {
        each(root, "", {"tls_server_config", "http_server_config", "basic_auth_users", "rate_limit"},
             [&](std::string const& key, YAML::Node const& value) {
                 if (key == "tls_server_config") read_tls(value, into);
                 if (key == "http_server_config") read_http(value, into);
                 if (key == "basic_auth_users") read_users(value, into);
                 if (key == "rate_limit") read_rate(value, into);
             });
    }

private:
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

    std::string file(YAML::Node const& node, std::string_view key) const
    {
        std::string const name = text(node, key);
        return name.empty() || name.front() == '/' ? name : folder_ + name;
    }

    void read_tls(YAML::Node const& node, web_config& into) const
    {
        constexpr std::string_view name = "tls_server_config";
        tls_options made{.certificate = {}, .key = {}};
        bool is_wanted = false;  // as exporter-toolkit has it: by any key of certificates
        each(node, name,
             {"cert", "key", "client_ca", "cert_file", "key_file", "client_auth_type", "client_ca_file",
              "client_allowed_sans", "cipher_suites", "curve_preferences", "min_version", "max_version",
              "prefer_server_cipher_suites"},
             [&](std::string const& key, YAML::Node const& value) {
                 auto const source = [&](pem_source& of, std::string_view in_line) {
                     (key == in_line ? of.text : of.file) =
                         key == in_line ? text(value, key) : file(value, key);
                     is_wanted = is_wanted || !of.empty();
                 };
                 if (key == "cert" || key == "cert_file") source(made.certificate, "cert");
                 if (key == "key" || key == "key_file") source(made.key, "key");
                 if (key == "client_ca" || key == "client_ca_file") source(made.client_ca, "client_ca");
                 if (key == "client_auth_type" && !text(value, key).empty()) {
                     is_wanted = true;
                     made.client_auth = auth_type(value, key);
                 }
                 if (key == "client_allowed_sans") made.client_allowed_sans = texts(value, key);
                 if (key == "cipher_suites") made.cipher_suites = ciphers(value, key);
                 if (key == "curve_preferences") made.curve_preferences = curves(value, key);
                 if (key == "min_version") made.min_version = version(value, key, made.min_version);
                 if (key == "max_version") made.max_version = version(value, key, made.max_version);
                 if (key == "prefer_server_cipher_suites" && !value.IsNull())
                     made.prefer_server_cipher_suites = truth(value, key);
             });
        if (made.max_version < made.min_version) refuse(node, name, "max_version is below min_version");
        if (!is_wanted) return;
        if (made.certificate.empty()) refuse(node, name, "cert or cert_file is missing");
        if (made.key.empty()) refuse(node, name, "key or key_file is missing");
        if (!made.client_ca.empty() && made.client_auth == client_auth::no_client_cert)
            refuse(node, name, "a client CA without a client_auth_type keeps nobody out");
        bool const is_required = made.client_auth == client_auth::require_any_client_cert ||
                                 made.client_auth == client_auth::require_and_verify_client_cert;
        if (!made.client_allowed_sans.empty() && !is_required)
            refuse(node, name,
                   "client_allowed_sans needs client_auth_type RequireAnyClientCert or "
                   "RequireAndVerifyClientCert");
        into.tls = std::move(made);
    }

    client_auth auth_type(YAML::Node const& node, std::string_view key) const
    {
        constexpr std::array types{client_auth::no_client_cert,
                                   client_auth::request_client_cert,
                                   client_auth::require_any_client_cert,
                                   client_auth::require_any_client_cert,
                                   client_auth::verify_client_cert_if_given,
                                   client_auth::require_and_verify_client_cert};
        return types[word_of(node, key, text(node, key),
                             {"NoClientCert", "RequestClientCert", "RequireAnyClientCert",
                              "RequireClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"})];
    }

    tls_version version(YAML::Node const& node, std::string_view key, tls_version otherwise) const
    {
        if (node.IsNull()) return otherwise;
        std::string const word = text(node, key);
        if (word == "TLS10" || word == "TLS11")
            refuse(node, key, word + " is broken; TLS12 and TLS13 are served");
        return word_of(node, key, word, {"TLS12", "TLS13"}) == 0 ? tls_version::tls12 : tls_version::tls13;
    }

    std::vector<std::string> ciphers(YAML::Node const& node, std::string_view key) const
    {
        std::vector<std::string> found = texts(node, key);
        for (std::string const& one : found)
            word_of(node, key, one,
                    {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
                     "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                     "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                     "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
                     "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"});
        return found;
    }

    std::vector<std::string> curves(YAML::Node const& node, std::string_view key) const
    {
        std::vector<std::string> found = texts(node, key);
        for (std::string const& one : found)
            word_of(node, key, one, {"X25519", "CurveP256", "CurveP384", "CurveP521"});
        return found;
    }

    void read_http(YAML::Node const& node, web_config& into) const
    {
        each(node, "http_server_config", {"http2", "headers"},
             [&](std::string const& key, YAML::Node const& value) {
                 if (key == "http2" && !value.IsNull()) (void)truth(value, key);
                 if (key != "headers") return;
                 each(value, "headers",
                      {"Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options",
                       "X-XSS-Protection", "Content-Security-Policy"},
                      [&](std::string const& name, YAML::Node const& content) {
                          std::string const word = text(content, name);
                          if (name == "X-Content-Type-Options") word_of(content, name, word, {"nosniff"});
                          if (name == "X-Frame-Options") word_of(content, name, word, {"deny", "sameorigin"});
                          for (char const c : word)
                              if (static_cast<unsigned char>(c) < 0x20 || c == '\x7F')
                                  refuse(content, name,
                                         "has a control character, which no header's value has");
                          into.headers.emplace_back(name, word);
                      });
             });
    }

    void read_users(YAML::Node const& node, web_config& into) const
    {
        each(node, "basic_auth_users", {}, [&](std::string const& name, YAML::Node const& value) {
            std::string const hash = text(value, name);
            if (name.find(':') != std::string::npos)
                refuse(value, name, "has a colon, which ends a user's name");
            if (std::string const flaw = basic_auth::flaw_of(hash); !flaw.empty())
                refuse(value, "basic_auth_users", "the password of user \"" + name + "\" " + flaw);
            into.users.push_back({name, hash});
        });
    }

    void read_rate(YAML::Node const& node, web_config& into) const
    {
        into.rate_limit.burst = 0;
        each(node, "rate_limit", {"interval", "burst"}, [&](std::string const& key, YAML::Node const& value) {
            std::string const word = text(value, key);
            if (key == "interval") {
                auto const interval = detail::go_duration(word);
                if (!interval)
                    refuse(value, key, "is not a duration such as 100ms, 1s or 1m: \"" + word + "\"");
                into.rate_limit.interval = *interval;
            } else if (!YAML::convert<std::int64_t>::decode(value, into.rate_limit.burst)) {
                refuse(value, key, "is not a whole number: \"" + word + "\"");
            }
        });
        if (into.rate_limit.interval.count() != 0 && into.rate_limit.burst < 1)
            refuse(node, "rate_limit", "a burst below 1 would let nothing pass");
    }

    std::string path_;
    std::string folder_;
};

inline web_config web_config::parse(std::string const& text, std::string const& path)
{
    try {
        web_config made;
        if (detail::has_second_document(text)) throw std::runtime_error(path + ": more than one document");
        reader(path).read(YAML::Load(text), made);
        return made;
    } catch (YAML::Exception const& error) {
        throw std::runtime_error(path + ":" + std::to_string(error.mark.line + 1) + ": " + error.msg);
    }
}

/// A web config file that is read again when it has changed.
///
///     watched_web_config watched("/etc/shop/web.yml");
///     if (watched.refresh()) use(watched.now());
///
/// A new version that breaks a rule changes nothing: the one before stays, and error() says why until there is a good one.
///
/// Threads: any. Errors: the constructor throws what web_config::read does; nothing later.
class watched_web_config {
public:
    explicit watched_web_config(std::string path) : file_(std::move(path))
    {
        (void)file_.has_changed();
        now_ = std::make_shared<web_config const>(web_config::read(file_.path()));
    }

    /// Looks at the file. True where it has changed, to a good version or a bad one: error() tells. What could not be read
    /// is read again at the next look.
    bool refresh()
    {
        std::lock_guard const lock(mutex_);
        if (!file_.has_changed()) return false;
        try {
            now_ = std::make_shared<web_config const>(web_config::read(file_.path()));
            error_.clear();
        } catch (std::system_error const& error) {  // out of descriptors perhaps: it is read again
            file_.look_again();
            std::string const before = std::exchange(error_, error.what());
            return error_ != before;
        } catch (std::exception const& error) {
            error_ = error.what();
        }
        return true;
    }

    [[nodiscard]] std::shared_ptr<web_config const> now() const
    {
        std::lock_guard const lock(mutex_);
        return now_;
    }

    /// Why the file as it is now is not used; empty where it is.
    [[nodiscard]] std::string error() const
    {
        std::lock_guard const lock(mutex_);
        return error_;
    }

private:
    mutable std::mutex mutex_;
    detail::watched_file file_;
    std::shared_ptr<web_config const> now_;
    std::string error_;
};

}  // namespace iafmetrics::inline v0::http
