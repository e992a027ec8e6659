// SPDX-License-Identifier: Apache-2.0
// held_collector: a collector in a registry, of whatever type.
#pragma once

#include <iafmetrics/collector.hpp>
#include <iafmetrics/detail/held_function.hpp>
#include <iafmetrics/detail/registry_scope.hpp>

#include <optional>
#include <utility>

namespace iafmetrics::inline v0::detail {

class held_collector : public held_function {
public:
    explicit held_collector(registry_scope scope) : scope_(std::move(scope)) {}

    [[nodiscard]] registry_scope const& scope() const noexcept { return scope_; }
    virtual void collect(collector_output& out) = 0;

private:
    registry_scope scope_;
};

template <collector Collector>
class typed_collector final : public held_collector {
public:
    typed_collector(registry_scope scope, Collector held)
        : held_collector(std::move(scope)), collect_(std::move(held))
    {}

    void collect(collector_output& out) override
    {
        this->call_unless_retired([&] { std::as_const (*collect_)(out); });
    }

private:
    void destroy() noexcept override { collect_.reset(); }
    std::optional<Collector> collect_;
};

}  // namespace iafmetrics::inline v0::detail
