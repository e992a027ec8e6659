// SPDX-License-Identifier: Apache-2.0
#include <http_service/detail/renewed_tls.hpp>

#include <sys/stat.h>

#include <exception>
#include <utility>

namespace iafmetrics::http_service::detail {

renewed_tls::renewed_tls(tls_options options, log told, certificate_metrics* metrics)
    : options_{std::move(options)}, told_{std::move(told)}, metrics_{metrics}, used_{now()},
      current_{std::make_shared<tls_context const>(options_)}
{
    if (metrics_ != nullptr) metrics_->renewed(current()->not_after());
}

std::shared_ptr<tls_context const> renewed_tls::current() const
{
    std::lock_guard const lock{mutex_};
    return current_;
}

void renewed_tls::look(std::optional<tls_options> changed)
{
    if (changed) {
        options_ = std::move(*changed);
        used_.reset();
    }
    auto const there = now();  // before they are read: what changes meanwhile is another change
    if (there == used_) {
        if (!std::exchange(failure_, {}).empty() && metrics_ != nullptr)
            metrics_->renewed(current()->not_after());
        return;
    }
    try {
        auto renewed = std::make_shared<tls_context const>(options_);
        if (metrics_ != nullptr) metrics_->renewed(renewed->not_after());
        {
            std::lock_guard const lock{mutex_};
            current_.swap(renewed);
        }
        used_ = there;
        failure_.clear();
    } catch (std::exception const& e) {
        if (metrics_ != nullptr) metrics_->failed();
        if (failure_ == e.what()) return;
        failure_ = e.what();
        told_("the certificate in use stays, its renewal cannot be used: " + failure_);
    }
}

renewed_tls::stamp renewed_tls::stamp_of(std::string const& file)
{
    struct stat found{};
    if (file.empty() || ::stat(file.c_str(), &found) != 0) return {};
    return {found.st_ino, found.st_size,
            std::int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec};
}

renewed_tls::stamps renewed_tls::now() const
{
    return {stamp_of(options_.certificate.file), stamp_of(options_.key.file),
            stamp_of(options_.client_ca.file)};
}

}  // namespace iafmetrics::http_service::detail
