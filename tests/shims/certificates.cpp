// SPDX-License-Identifier: Apache-2.0
#include "certificates.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <memory>

namespace test {

namespace {

using bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using private_key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using certificate = std::unique_ptr<X509, decltype(&X509_free)>;

template <class Write>
std::string pem(Write write)
{
    bio const out(BIO_new(BIO_s_mem()), BIO_free);
    write(out.get());
    char* data = nullptr;
    auto const size = BIO_ctrl(out.get(), BIO_CTRL_INFO, 0, &data);
    return {data, static_cast<std::size_t>(size)};
}

bio reader(std::string const& text)
{
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

}  // namespace

identity make_certificate(certificate_options const& options)
{
    static std::atomic<long> serial{1};
    private_key const key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    certificate const made(X509_new(), X509_free);
    auto const number = serial.fetch_add(1);
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), number);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), options.valid_from.count());
    X509_gmtime_adj(X509_getm_notAfter(made.get()), options.valid_until.count());
    X509_set_pubkey(made.get(), key.get());
    auto* const name = X509_get_subject_name(made.get());
    auto const common_name = "test " + std::to_string(number);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<unsigned char const*>(common_name.c_str()), -1, -1, 0);
    auto const extend = [&](int nid, std::string const& value) {
        std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> const extension(
            X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()), X509_EXTENSION_free);
        X509_add_ext(made.get(), extension.get(), -1);
    };
    extend(NID_basic_constraints, options.is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!options.names.empty()) extend(NID_subject_alt_name, options.names);
    if (options.issuer == nullptr) {
        X509_set_issuer_name(made.get(), name);
        X509_sign(made.get(), key.get(), EVP_sha256());
    } else {
        certificate const issuer(
            PEM_read_bio_X509(reader(options.issuer->chain).get(), nullptr, nullptr, nullptr), X509_free);
        private_key const signing(
            PEM_read_bio_PrivateKey(reader(options.issuer->key).get(), nullptr, nullptr, nullptr),
            EVP_PKEY_free);
        X509_set_issuer_name(made.get(), X509_get_subject_name(issuer.get()));
        X509_sign(made.get(), signing.get(), EVP_sha256());
    }
    return {pem([&](BIO* out) { PEM_write_bio_X509(out, made.get()); }), pem([&](BIO* out) {
                PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
            })};
}

boost::asio::ssl::context
client_context(identity const& authority, identity const* shown, int least, int most)
{
    namespace ssl = boost::asio::ssl;
    ssl::context made{ssl::context::tls_client};
    made.add_certificate_authority(boost::asio::buffer(authority.chain));
    made.set_verify_mode(ssl::verify_peer);
    made.set_verify_callback(ssl::host_name_verification{"127.0.0.1"});
    auto* const raw = made.native_handle();
    SSL_CTX_set_security_level(raw, 0);  // which forbids TLS 1.1, as the server should
    SSL_CTX_set_min_proto_version(raw, least);
    SSL_CTX_set_max_proto_version(raw, most);
    if (shown != nullptr) {
        made.use_certificate_chain(boost::asio::buffer(shown->chain));
        made.use_private_key(boost::asio::buffer(shown->key), ssl::context::pem);
    }
    return made;
}

void replace_file(std::string const& path, std::string const& text)
{
    auto const beside = path + ".new";
    std::ofstream{beside} << text;
    std::rename(beside.c_str(), path.c_str());
}

}  // namespace test
