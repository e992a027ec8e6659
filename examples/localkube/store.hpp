// SPDX-License-Identifier: Apache-2.0
// store: the objects of a small Kubernetes API, in memory.
#pragma once

#include <boost/json/object.hpp>

#include "kind.hpp"
#include "managed_fields.hpp"
#include "refusal.hpp"
#include "selector.hpp"

#include <compare>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace localkube {

/// An object as it was at one moment; never changed.
using snapshot = std::shared_ptr<boost::json::object const>;

struct key {
    std::string ns;
    std::string name;
    friend auto operator<=>(key const&, key const&) = default;
};

/// One change. `before` is null for a new object, `after` for one that is gone.
struct change {
    std::uint64_t version = 0;
    kind const* what = nullptr;
    snapshot before;
    snapshot after;  ///< of a deletion: null; `before` then carries the version of the deletion
};

/// Which half of an object a write is about; the other half stays as it is.
enum class half { main, status };

struct write_options {
    std::string manager = "unknown";
    half which = half::main;
    bool force = false;   ///< of apply
    bool strict = false;  ///< an unknown field is an error, not dropped
};

struct delete_options {
    std::string uid{};
    std::string resource_version{};
    bool orphan = false;  ///< dependents stay, without their reference
};

/// Keeps objects as the API server does: versions, uids, generations, field ownership, collection of what has
/// lost its owners, and namespaces that take along what is in them.
///
///     store objects;
///     auto made = objects.create(*find_kind("", "v1", "namespaces"), "", body, {});
///
/// Threads: one. Cost: a copy of the object for each write, a map lookup for a read.
class store {
public:
    /// Remembers the last `window` changes for watches.
    explicit store(std::size_t window = 10'000);

    [[nodiscard]] outcome<snapshot> get(kind const& what, key const& at) const;
    outcome<snapshot>
    create(kind const& what, std::string const& ns, boost::json::object body, write_options const&);
    outcome<snapshot>
    replace(kind const& what, key const& at, boost::json::object body, write_options const&);
    outcome<snapshot>
    patch(kind const& what, key const& at, boost::json::value const& patch, write_options const&);
    /// `created` tells whether the object is new.
    outcome<snapshot>
    apply(kind const& what, key const& at, boost::json::object body, write_options const&, bool& created);
    /// The last state of the object, or its state while finalizers hold it.
    outcome<snapshot> remove(kind const& what, key const& at, delete_options const& options);

    /// Objects of a namespace (empty: of all) after a key, in the order of keys.
    [[nodiscard]] std::vector<snapshot>
    list(kind const& what, std::string const& ns, key const& after = {}) const;

    [[nodiscard]] std::uint64_t version() const { return version_; }
    /// The oldest version that changes_since() still answers for.
    [[nodiscard]] std::uint64_t oldest() const;
    /// Changes later than `version`, oldest first. The version must not be older than oldest().
    [[nodiscard]] std::vector<change> changes_since(std::uint64_t version, kind const& what) const;

    /// Calls `listener` after each write, with the change. Returns what ends that when destroyed.
    [[nodiscard]] std::shared_ptr<void> listen(std::function<void(change const&)> listener);

private:
    using objects = std::map<key, snapshot>;
    using listener = std::function<void(change const&)>;

    [[nodiscard]] snapshot find(kind const& what, key const& at) const;
    outcome<snapshot> write(kind const& what,
                            key const& at,
                            snapshot before,
                            boost::json::object after,
                            write_options const& options,
                            bool applied);
    snapshot commit(kind const& what, key const& at, snapshot before, boost::json::object after);
    void erase(kind const& what, key const& at);
    void record(change made);
    [[nodiscard]] std::string new_address();
    void collect_dependents(std::string const& uid, bool orphan);
    void collect(kind const& what, key const& at);
    void finish_namespace(std::string const& name);
    [[nodiscard]] std::optional<refusal>
    refuse_namespace(kind const& what, std::string const& ns, std::string_view name) const;

    std::size_t const window_;
    std::uint64_t version_;
    std::uint64_t forgotten_;  // the version of the last change that has left the window
    std::map<kind const*, objects> objects_;
    std::set<std::string, std::less<>> uids_;
    std::deque<change> changes_;
    std::vector<std::weak_ptr<listener>> listeners_;
    std::uint32_t next_address_ = 1;  // of services
};

}  // namespace localkube
