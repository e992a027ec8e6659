// SPDX-License-Identifier: Apache-2.0
// push_tls: push over TLS. The only header that includes OpenSSL; link the target iafmetrics::push_tls.
#pragma once

#include <iafmetrics/beast/push.hpp>
#include <iafmetrics/http/tls_options.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <unistd.h>

#include <cerrno>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>

namespace iafmetrics::inline v0::beast {

/// How a gateway is known, and who asks.
///
///     push_tls_options{.ca = {.file = "ca.crt"}}
struct push_tls_options {
    http::pem_source ca =
        {};  ///< who may have signed the gateway's certificate; empty: those that the system trusts
    http::pem_source certificate = {};  ///< the client's own, with its chain, where the gateway wants one
    http::pem_source key = {};
    std::string server_name = {};  ///< that the certificate must have, where it is not the URL's host
};

namespace detail {

/// TLS 1.2 or later; the certificate is verified, and its name with it.
class tls_transport {
    using context = boost::asio::ssl::context;
    using error_code = boost::system::error_code;

public:
    using stream = boost::asio::ssl::stream<boost::beast::tcp_stream>;
    using options = push_tls_options;
    static constexpr std::string_view scheme = "https";
    static constexpr std::string_view default_port = "443";

    /// Errors: std::invalid_argument `cannot push with TLS: ca "ca.crt": No such file or directory`.
    explicit tls_transport(push_tls_options const& given)
        : context_(std::make_shared<context>(context::tls_client)), server_name_(given.server_name)
    {
        context_->set_verify_mode(boost::asio::ssl::verify_peer);
        SSL_CTX_set_min_proto_version(context_->native_handle(), TLS1_2_VERSION);
        error_code error;
        if (given.ca.empty())
            context_->set_default_verify_paths(error);
        else if (!given.ca.file.empty())
            context_->load_verify_file(given.ca.file, error);
        else
            context_->add_certificate_authority(buffer(given.ca.text), error);
        refuse_if(error, "ca", given.ca);
        if (given.certificate.empty() != given.key.empty())
            throw std::invalid_argument("cannot push with TLS: certificate and key belong together");
        if (given.certificate.empty()) return;
        if (!given.certificate.file.empty())
            context_->use_certificate_chain_file(given.certificate.file, error);
        else
            context_->use_certificate_chain(buffer(given.certificate.text), error);
        refuse_if(error, "certificate", given.certificate);
        if (!given.key.file.empty())
            context_->use_private_key_file(given.key.file, context::pem, error);
        else
            context_->use_private_key(buffer(given.key.text), context::pem, error);
        refuse_if(error, "key", given.key);
    }

    [[nodiscard]] stream make_stream(boost::asio::any_io_executor const& executor) const
    {
        return stream(boost::beast::tcp_stream(executor), *context_);
    }

    boost::asio::awaitable<std::tuple<error_code, std::string>> open(stream& to,
                                                                     std::string const& host) const
    {
        std::string const& name = server_name_.empty() ? host : server_name_;
        SSL* const session = to.native_handle();
        X509_VERIFY_PARAM* const wanted = SSL_get0_param(session);
        X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        error_code is_no_address;
        (void)boost::asio::ip::make_address(name, is_no_address);
        bool is_wanted = false;
        if (is_no_address) {
            is_wanted = X509_VERIFY_PARAM_set1_host(wanted, name.data(), name.size()) == 1;
            // RFC 6066, section 3: names alone. The macro for it casts as C does.
            SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                     const_cast<char*>(name.c_str()));
        } else {
            is_wanted = X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str()) == 1;
        }
        error_code error = is_wanted ? error_code{} : make_error_code(boost::system::errc::not_enough_memory);
        if (!error)
            std::tie(error) = co_await to.async_handshake(boost::asio::ssl::stream_base::client,
                                                          boost::asio::as_tuple(boost::asio::use_awaitable));
        long const verified = SSL_get_verify_result(session);
        std::string why;
        if (error && verified != X509_V_OK) why = X509_verify_cert_error_string(verified);
        co_return std::tuple<error_code, std::string>{error, why};
    }

private:
    static boost::asio::const_buffer buffer(std::string const& text) { return boost::asio::buffer(text); }

    static void refuse_if(error_code const& error, std::string const& what, http::pem_source const& source)
    {
        if (!error) return;
        bool const is_unreadable = !source.file.empty() && ::access(source.file.c_str(), R_OK) != 0;
        throw std::invalid_argument(
            "cannot push with TLS: " + what + (source.file.empty() ? "" : " \"" + source.file + '"') + ": " +
            (is_unreadable ? std::generic_category().message(errno) : error.message()));
    }

    std::shared_ptr<context> context_;  // shared with the pushes under way
    std::string server_name_;
};

}  // namespace detail

/// push_gateway for a URL that begins with https://.
///
///     iafmetrics::beast::tls_push_gateway gateway{"https://push.example", {.job = "nightly"}, {.ca = {.file = "ca.crt"}}};
///
/// Certificates are read once. A handshake that fails says why: `TLS handshake: certificate verify failed (SSL routines):
/// unable to get local issuer certificate`.
using tls_push_gateway = basic_push_gateway<detail::tls_transport>;

}  // namespace iafmetrics::inline v0::beast
