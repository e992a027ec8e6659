// SPDX-License-Identifier: Apache-2.0
// node_list: nodes in the order in which they came, each of which may leave at any time.
#pragma once

namespace iafmetrics::inline v0::detail {

template <class Node>
struct node_links {
    Node* before = nullptr;
    Node* after = nullptr;
};

/// Nodes are not owned; `Links` is the member of theirs that this list may use.
template <class Node, node_links<Node> Node::* Links>
class node_list {
public:
    [[nodiscard]] Node* first() const noexcept { return first_; }
    [[nodiscard]] static Node* after(Node const& node) noexcept { return (node.*Links).after; }

    void push_back(Node& node) noexcept
    {
        node.*Links = {last_, nullptr};
        (last_ == nullptr ? first_ : (last_->*Links).after) = &node;
        last_ = &node;
    }
    void remove(Node& node) noexcept
    {
        auto const [before, after] = node.*Links;
        (before == nullptr ? first_ : (before->*Links).after) = after;
        (after == nullptr ? last_ : (after->*Links).before) = before;
    }

private:
    Node* first_ = nullptr;
    Node* last_ = nullptr;
};

}  // namespace iafmetrics::inline v0::detail
