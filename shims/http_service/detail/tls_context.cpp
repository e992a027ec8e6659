// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/http/detail/watched_file.hpp>

#include <http_service/detail/tls_context.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace iafmetrics::http_service::detail {

namespace {

using iafmetrics::http::client_auth;
using iafmetrics::http::pem_source;
using iafmetrics::http::tls_version;

// AEAD with forward secrecy, which every client since 2014 has.
constexpr auto strong_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr auto session_id = std::string_view{"iafmetrics"};

[[noreturn]] void fail(std::string const& what, std::string const& why)
{
    throw std::runtime_error{"tls: " + what + ": " + why};
}

std::string openssl_reason()
{
    auto const* const reason = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();
    return reason != nullptr ? reason : "OpenSSL does not say why";
}

std::string name_of(std::string_view option, pem_source const& source)
{
    return std::string{option} + (source.file.empty() ? "" : " \"" + source.file + "\"");
}

std::string read(std::string_view option, pem_source const& source)
{
    if (source.empty()) fail(std::string{option}, "is missing");
    if (!source.file.empty() && !source.text.empty())
        fail(name_of(option, source), "is given as a file and as text");
    if (source.file.empty()) return source.text;
    try {
        auto text = iafmetrics::http::detail::whole_file(source.file);
        if (text.empty()) fail(name_of(option, source), "is empty");
        return text;
    } catch (std::system_error const& error) {
        fail(name_of(option, source), error.code().message());
    }
}

template <class T, void (*Free)(T*)>
struct freed {
    void operator()(T* owned) const { Free(owned); }
};
using certificate = std::unique_ptr<X509, freed<X509, X509_free>>;
using names = std::unique_ptr<GENERAL_NAMES, freed<GENERAL_NAMES, GENERAL_NAMES_free>>;

std::string_view text_of(ASN1_STRING const* value)
{
    return {reinterpret_cast<char const*>(ASN1_STRING_get0_data(value)),
            static_cast<std::size_t>(ASN1_STRING_length(value))};
}

std::optional<net::ip::address> address_in(std::string const& text)
{
    boost::system::error_code error;
    auto const parsed = net::ip::make_address(text, error);
    return error ? std::nullopt : std::optional{parsed};
}

bool is_address(ASN1_OCTET_STRING const* bytes, net::ip::address const& parsed)
{
    auto const same = [&](auto const& wanted) {
        return text_of(bytes) ==
               std::string_view{reinterpret_cast<char const*>(wanted.data()), wanted.size()};
    };
    return parsed.is_v4() ? same(parsed.to_v4().to_bytes()) : same(parsed.to_v6().to_bytes());
}

bool matches(GENERAL_NAME const* name, std::string const& allowed)
{
    auto const address = address_in(allowed);
    if (address) return name->type == GEN_IPADD && is_address(name->d.iPAddress, *address);
    switch (name->type) {
    case GEN_DNS: return text_of(name->d.dNSName) == allowed;
    case GEN_EMAIL: return text_of(name->d.rfc822Name) == allowed;
    case GEN_URI: return text_of(name->d.uniformResourceIdentifier) == allowed;
    default: return false;
    }
}

bool has_any(X509* shown, std::span<std::string const> allowed)
{
    names const there{
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(shown, NID_subject_alt_name, nullptr, nullptr))};
    for (int i = 0; i < sk_GENERAL_NAME_num(there.get()); ++i)
        for (auto const& one : allowed)
            if (matches(sk_GENERAL_NAME_value(there.get(), i), one)) return true;
    return false;
}

std::chrono::sys_seconds end_of(X509 const* shown)
{
    std::tm parts{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(shown), &parts) != 1) return {};
    return std::chrono::sys_seconds{std::chrono::seconds{timegm(&parts)}};
}

bool verifies(client_auth how)
{
    return how == client_auth::verify_client_cert_if_given ||
           how == client_auth::require_and_verify_client_cert;
}

int verify_mode(client_auth how)
{
    switch (how) {
    case client_auth::no_client_cert: return SSL_VERIFY_NONE;
    case client_auth::request_client_cert:
    case client_auth::verify_client_cert_if_given: return SSL_VERIFY_PEER;
    case client_auth::require_any_client_cert:
    case client_auth::require_and_verify_client_cert: break;
    }
    return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

int number_of(tls_version version) { return version == tls_version::tls12 ? TLS1_2_VERSION : TLS1_3_VERSION; }

void append(std::string& list, std::string_view one) { list += (list.empty() ? "" : ":") + std::string{one}; }

std::string openssl_curve(std::string const& name)
{
    constexpr std::array<std::array<std::string_view, 2>, 4> known{
        {{"CurveP256", "P-256"}, {"CurveP384", "P-384"}, {"CurveP521", "P-521"}, {"X25519", "X25519"}}};
    for (auto const& [ours, theirs] : known)
        if (name == ours) return std::string{theirs};
    fail("curve_preferences", "\"" + name + "\" is none of CurveP256, CurveP384, CurveP521 and X25519");
}

}  // namespace

tls_context::tls_context(tls_options options) : options_{std::move(options)}
{
    ERR_clear_error();
    if (!verifies(options_.client_auth)) {
        if (!options_.client_ca.empty())
            fail("client_ca", "no certificate is verified with this client_auth");
        if (!options_.client_allowed_sans.empty())
            fail("client_allowed_sans", "no certificate is verified with this client_auth");
    } else if (options_.client_ca.empty()) {
        fail("client_auth", "verifies certificates, and there is no client_ca to verify them against");
    }
    use_certificate();
    use_versions_and_ciphers();

    auto* const raw = context_.native_handle();
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(raw, verify_mode(options_.client_auth), nullptr);
    SSL_CTX_set_cert_verify_callback(raw, &tls_context::verify, this);
    SSL_CTX_set_session_id_context(raw, reinterpret_cast<unsigned char const*>(session_id.data()),
                                   session_id.size());
    std::uint64_t flags = SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION;
    if (options_.prefer_server_cipher_suites) flags |= SSL_OP_CIPHER_SERVER_PREFERENCE;
    if (options_.client_auth != client_auth::no_client_cert) {
        // A resumed session is not verified again: with certificates of clients there are none.
        flags |= SSL_OP_NO_TICKET;
        SSL_CTX_set_num_tickets(raw, 0);
        if (verifies(options_.client_auth)) use_client_ca();
    }
    SSL_CTX_set_options(raw, flags);
}

void tls_context::use_certificate()
{
    // Without this, OpenSSL asks for the password of an encrypted key on the terminal.
    context_.set_password_callback([](std::size_t, net::ssl::context::password_purpose) { return ""; });
    auto const chain = read("certificate", options_.certificate);
    auto const key = read("key", options_.key);
    boost::system::error_code error;
    context_.use_certificate_chain(net::buffer(chain), error);
    if (error) fail(name_of("certificate", options_.certificate), openssl_reason());
    context_.use_private_key(net::buffer(key), net::ssl::context::pem, error);
    if (error) fail(name_of("key", options_.key), error.message());
    not_after_ = end_of(SSL_CTX_get0_certificate(context_.native_handle()));
}

void tls_context::use_client_ca()
{
    auto const text = read("client_ca", options_.client_ca);
    std::unique_ptr<BIO, freed<BIO, BIO_free_all>> const in{
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
    auto* const raw = context_.native_handle();
    bool any = false;
    while (certificate const one{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)}) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(raw), one.get()) != 1 ||
            SSL_CTX_add_client_CA(raw, one.get()) != 1)
            fail(name_of("client_ca", options_.client_ca), openssl_reason());
        any = true;
    }
    bool const at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (!any || !at_end) fail(name_of("client_ca", options_.client_ca), openssl_reason());
    ERR_clear_error();
}

void tls_context::use_versions_and_ciphers()
{
    auto* const raw = context_.native_handle();
    if (options_.min_version > options_.max_version) fail("min_version", "is above max_version");
    SSL_CTX_set_min_proto_version(raw, number_of(options_.min_version));
    SSL_CTX_set_max_proto_version(raw, number_of(options_.max_version));

    std::string old_ones;
    std::string new_ones;  // of TLS 1.3, which OpenSSL takes apart from the others
    for (auto const& name : options_.cipher_suites) {
        std::string_view const found = OPENSSL_cipher_name(name.c_str());
        if (found == "(NONE)")
            fail("cipher_suites", "\"" + name + "\" is no IANA name of a cipher suite that OpenSSL has");
        append(found.starts_with("TLS_") ? new_ones : old_ones, found);
    }
    if (!new_ones.empty() && SSL_CTX_set_ciphersuites(raw, new_ones.c_str()) != 1)
        fail("cipher_suites", openssl_reason());
    auto const list = (old_ones.empty() ? strong_ciphers : old_ones) + std::string{":!aNULL:!eNULL"};
    if (SSL_CTX_set_cipher_list(raw, list.c_str()) != 1) fail("cipher_suites", openssl_reason());

    std::string curves;
    for (auto const& name : options_.curve_preferences)
        append(curves, openssl_curve(name));
    if (!curves.empty() && SSL_CTX_set1_curves_list(raw, curves.c_str()) != 1)
        fail("curve_preferences", openssl_reason());
}

int tls_context::verify(X509_STORE_CTX* chain, void* self)
{
    auto const& options = static_cast<tls_context const*>(self)->options_;
    if (!verifies(options.client_auth)) {
        X509_STORE_CTX_set_error(chain, X509_V_OK);
        return 1;
    }
    if (X509_verify_cert(chain) != 1) return 0;
    if (options.client_allowed_sans.empty() ||
        has_any(X509_STORE_CTX_get0_cert(chain), options.client_allowed_sans))
        return 1;
    X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

std::optional<refused> why_refused(boost::system::error_code error, SSL* connection)
{
    if (error == boost::system::errc::operation_canceled || error == net::error::eof ||
        error == net::ssl::error::stream_truncated || error == net::error::connection_reset ||
        error == net::error::bad_descriptor)
        return std::nullopt;
    bool const is_openssl = error.category() == net::error::get_ssl_category();
    auto const reason = is_openssl ? ERR_GET_REASON(static_cast<unsigned long>(error.value())) : 0;
    if (SSL_get_verify_result(connection) != X509_V_OK || reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
        return refused::client_certificate;
    return refused::tls_handshake;
}

bool is_plain_http(boost::system::error_code error)
{
    return error.category() == net::error::get_ssl_category() &&
           ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_HTTP_REQUEST;
}

}  // namespace iafmetrics::http_service::detail
