// SPDX-License-Identifier: Apache-2.0
// client_options: which API server, with which credentials, and how long to wait for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace iafmetrics::kubernetes {

/// Where the API is and how to talk to it.
///
///     client_options{.url = "http://127.0.0.1:8001"}
///     client_options::in_cluster()                       // what a pod's service account says
struct client_options {
    std::string url{};            ///< http://host:port or https://host:port, without a path
    std::string token_file{};     ///< holds a bearer token, read again every minute: they rotate. Empty: none
    std::string ca_file{};        ///< PEM; empty: the system's authorities
    std::string field_manager{};  ///< of create, update, merge_patch; empty: the first word of user_agent
    std::string user_agent = "iafmetrics";
    /// One operation from connect to the last byte of the answer; of a watch: to the head of the answer.
    std::chrono::milliseconds timeout = std::chrono::seconds(10);
    /// A watch that sends nothing for so long is given up. Longer than any timeoutSeconds that it asks for.
    std::chrono::milliseconds watch_idle_limit = std::chrono::minutes(11);
    std::size_t page_size = 500;            ///< objects a page of list()
    std::size_t answer_limit = 64U << 20U;  ///< bytes of one answer, or of one event of a watch
    bool strict = true;  ///< fieldValidation=Strict: an unknown field is an error, not dropped silently

    /// From KUBERNETES_SERVICE_HOST and _PORT and the service account's files.
    /// Errors: std::runtime_error that names what is missing.
    [[nodiscard]] static client_options in_cluster();

    /// in_cluster() where `url` is empty, that URL without credentials where it is not.
    /// Errors: std::runtime_error that quotes a URL which is none.
    [[nodiscard]] static client_options from_url(std::string const& url);
};

}  // namespace iafmetrics::kubernetes
