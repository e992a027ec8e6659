// SPDX-License-Identifier: Apache-2.0
#include "tls_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <list>
#include <mutex>
#include <thread>

namespace net = boost::asio;
using tcp = net::ip::tcp;

namespace {

struct pair {
    std::string certificate;
    std::string key;
};

template <class Write>
std::string pem(Write write)
{
    std::unique_ptr<BIO, decltype(&BIO_free)> const out(BIO_new(BIO_s_mem()), BIO_free);
    write(out.get());
    char* data = nullptr;
    auto const size = BIO_ctrl(out.get(), BIO_CTRL_INFO, 0, &data);
    return {data, static_cast<std::size_t>(size)};
}

/// A self-signed certificate, valid for an hour.
pair make_certificate(std::string const& subject)
{
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    std::unique_ptr<X509, decltype(&X509_free)> const made(X509_new(), X509_free);
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key.get());
    auto* const name = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<unsigned char const*>("test"), -1,
                               -1, 0);
    X509_set_issuer_name(made.get(), name);
    auto const extend = [&](int nid, std::string const& value) {
        std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> const extension(
            X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()), X509_EXTENSION_free);
        X509_add_ext(made.get(), extension.get(), -1);
    };
    extend(NID_basic_constraints, "critical,CA:TRUE");
    extend(NID_subject_alt_name, subject);
    X509_sign(made.get(), key.get(), EVP_sha256());
    return {pem([&](BIO* out) { PEM_write_bio_X509(out, made.get()); }), pem([&](BIO* out) {
                PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
            })};
}

}  // namespace

struct tls_server::state {
    net::io_context io;
    tcp::acceptor acceptor{io, {net::ip::address_v4::loopback(), 0}};
    net::ssl::context context{net::ssl::context::tls_server};
    std::string file;
    std::mutex mutex;
    std::list<tcp::socket> sockets;
    std::jthread thread;

    void serve()
    {
        for (;;) {
            boost::system::error_code ec;
            tcp::socket accepted(io);
            acceptor.accept(accepted, ec);
            if (ec) return;
            tcp::socket* mine = nullptr;
            {
                std::lock_guard const lock(mutex);
                mine = &sockets.emplace_back(std::move(accepted));
            }
            net::ssl::stream<tcp::socket&> stream(*mine, context);
            stream.handshake(net::ssl::stream_base::server, ec);
            std::string request;
            while (!ec) {
                auto const n = net::read_until(stream, net::dynamic_buffer(request), "\r\n\r\n", ec);
                if (ec) break;
                request.erase(0, n);
                net::write(stream,
                           net::buffer(std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")),
                           ec);
            }
        }
    }
};

tls_server::tls_server(std::string const& subject) : state_(std::make_unique<state>())
{
    auto const made = make_certificate(subject);
    state_->file = "tls_server_" + std::to_string(::getpid()) + "_" + std::to_string(port()) + ".pem";
    std::ofstream(state_->file) << made.certificate;
    state_->context.use_certificate(net::buffer(made.certificate), net::ssl::context::pem);
    state_->context.use_private_key(net::buffer(made.key), net::ssl::context::pem);
    state_->thread = std::jthread([s = state_.get()] { s->serve(); });
}

tls_server::~tls_server()
{
    ::shutdown(state_->acceptor.native_handle(), SHUT_RDWR);
    {
        std::lock_guard const lock(state_->mutex);
        boost::system::error_code ec;
        for (auto& socket : state_->sockets)
            socket.shutdown(tcp::socket::shutdown_both, ec);
    }
    state_->thread.join();
    std::remove(state_->file.c_str());
}

unsigned short tls_server::port() const { return state_->acceptor.local_endpoint().port(); }

std::string tls_server::certificate_file() const { return state_->file; }
