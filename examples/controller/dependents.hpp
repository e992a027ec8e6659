// SPDX-License-Identifier: Apache-2.0
// dependents: writes and deletes the objects that belong to an Application, and touches nobody else's.
#pragma once

#include <kubernetes/client.hpp>
#include <kubernetes/informer.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "application.hpp"

namespace controller {

namespace kubernetes = iafmetrics::kubernetes;

/// How an object of the cluster compares with what the application needs of it.
enum class dependent_state {
    present,       ///< as asked for; `object` is what the API server has
    absent,        ///< gone, or never there
    foreign,       ///< somebody else's object of that name: left alone
    left_over,     ///< of a deleted application of the same name: the garbage collector is on its way
    ending,        ///< the namespace is on its way out, or gone, and the application with it
    kind_missing,  ///< the cluster has no such kind: a CustomResourceDefinition is not installed
    refused,       ///< the API server says no, and will say so again; `error` is its reason
    failed,        ///< the API server could not be asked, or is busy; `error` says how. Worth another try
};

struct dependent {
    dependent_state state = dependent_state::absent;
    boost::json::object object{};
    kubernetes::status error{.code = 200};
};

/// One kind of dependent: where it is written, and the cache that saves asking for it.
///
/// The cache holds the objects that carry the controller's label, so an object that it does not have is asked
/// for before it is written: it may be there without the label, and be somebody else's.
class dependents {
public:
    dependents(kubernetes::client& api, kubernetes::resource what, kubernetes::informer const& cache)
        : api_(api), what_(what), cache_(cache)
    {}

    /// Makes the object say what `desired` says, by server-side apply; writes nothing when it does.
    boost::asio::awaitable<dependent> ensure(application const& app, boost::json::object desired);

    /// Deletes the object if this very application controls it.
    boost::asio::awaitable<dependent> retire(application const& app);

    /// The object if this very application controls it, from the cache alone.
    [[nodiscard]] kubernetes::cached_object cached(application const& app) const;

private:
    boost::asio::awaitable<dependent> find(application const& app);

    kubernetes::client& api_;
    kubernetes::resource const what_;
    kubernetes::informer const& cache_;
};

}  // namespace controller
