// SPDX-License-Identifier: Apache-2.0
// web_config_reader: the keys of a web config file.
#pragma once

#include <iafmetrics/http/basic_auth.hpp>
#include <iafmetrics/http/detail/go_duration.hpp>
#include <iafmetrics/http/detail/yaml_file.hpp>
#include <iafmetrics/http/tls_options.hpp>
#include <iafmetrics/http/web_config.hpp>

#include <yaml-cpp/yaml.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::http {

namespace detail {

/// Reads one file. Each function takes the value of one key.
class web_config_reader : yaml_file {
public:
    explicit web_config_reader(std::string const& path)
        : yaml_file(path),
          folder_(path.substr(0, path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1))
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
                 if (key == "client_allowed_sans") {
                     made.client_allowed_sans = texts(value, key);
                     if (made.client_allowed_sans.empty() && !value.IsNull())
                         refuse(value, key, "is empty, which would let nobody in");
                 }
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
        if (!made.client_allowed_sans.empty() &&
            made.client_auth != client_auth::require_and_verify_client_cert)
            refuse(
                node, name,
                "client_allowed_sans needs client_auth_type RequireAndVerifyClientCert: anybody can write a "
                "name in a certificate that is not verified");
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

    std::string folder_;
};

}  // namespace detail

inline web_config web_config::parse(std::string const& text, std::string const& path)
{
    try {
        web_config made;
        if (detail::has_second_document(text)) throw std::runtime_error(path + ": more than one document");
        detail::web_config_reader(path).read(YAML::Load(text), made);
        return made;
    } catch (YAML::Exception const& error) {
        throw std::runtime_error(path + ":" + std::to_string(error.mark.line + 1) + ": " + error.msg);
    }
}

}  // namespace iafmetrics::inline v0::http
