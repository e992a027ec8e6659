// SPDX-License-Identifier: Apache-2.0
// held_collector: a collector in a registry, of whatever type.
#pragma once

#include <iafmetrics/collector.hpp>
#include <iafmetrics/detail/held_function.hpp>
#include <iafmetrics/detail/page_source.hpp>
#include <iafmetrics/detail/registry_scope.hpp>

#include <optional>
#include <utility>

namespace iafmetrics::inline v0::detail {

class held_collector : public held_function, public page_source {
public:
    explicit held_collector(registry_scope scope) : scope_(std::move(scope)) {}

    void collect(collector_output& out) final
    {
        out.begin_collector(scope_);
        call(out);
    }

private:
    virtual void call(collector_output& out) = 0;

    registry_scope scope_;
};

template <collector Collector>
class typed_collector final : public held_collector {
public:
    typed_collector(registry_scope scope, Collector held)
        : held_collector(std::move(scope)), collect_(std::move(held))
    {}

    [[nodiscard]] bool never_waits() const noexcept override
    {
        if constexpr (requires { Collector::never_waits; })
            return Collector::never_waits;
        else
            return false;
    }

private:
    void call(collector_output& out) override
    {
        this->call_unless_retired([&] { std::as_const (*collect_)(out); });
    }
    void destroy() noexcept override { collect_.reset(); }
    std::optional<Collector> collect_;
};

}  // namespace iafmetrics::inline v0::detail
