// SPDX-License-Identifier: Apache-2.0
// textfile: a page for the textfile collector of node-exporter.
#pragma once

#include <iafmetrics/detail/replaced_file.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>

#include <sys/types.h>

#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace iafmetrics::inline v0::exposition {

struct textfile_options {
    bool is_synced =
        true;  ///< fsync: after a crash of the machine it is the old file or the new one, and never empty
    ::mode_t mode = 0644;  ///< whatever the umask: node-exporter runs as another user
};

/// True where the file is the new one.
struct [[nodiscard]] textfile_result {
    std::error_code error = {};
    std::string message =
        {};  ///< `cannot write metrics to /var/lib/…/nightly.prom: No space left on device`; empty on success

    explicit operator bool() const noexcept { return !error; }
};

/// Writes a registry's page, text 0.0.4, to a file that whoever reads it sees whole: the old one or the new one.
///
///     auto const written = exposition::write_textfile(registry, "/var/lib/prometheus/node-exporter/nightly.prom");
///     if (!written) std::fprintf(stderr, "%s\n", written.message.c_str());
///
/// The directory is node-exporter's --collector.textfile.directory. Each job has a file of its own, and series that no
/// other file has: give them a label that says whose they are, registry.sub({.labels = {{"batch", "nightly"}}}). Of series
/// that are in two files node-exporter shows one, and logs an error at every scrape. Its node_textfile_mtime_seconds
/// says when the file was written.
///
/// Threads:  any number of writers, of threads or programs; the last to finish wins.
/// Cost:     64 KiB of memory, whatever the size of the page; with is_synced what the disk takes.
/// Errors:   std::invalid_argument where the name does not end in .prom: nobody would read it. What the machine refuses is
///           in the result. The old file stays, and nothing is left beside it; only a writer that is killed leaves a file,
///           whose name begins with a dot and does not end in .prom.
[[nodiscard]] textfile_result write_textfile(std::same_as<registry> auto const& metrics,
                                             std::string const& path,
                                             textfile_options options = {})
{
    if (!path.ends_with(".prom"))
        throw std::invalid_argument("cannot write metrics to " + path +
                                    ": node-exporter reads files whose names end in .prom alone");
    iafmetrics::detail::replaced_file file(path);
    write_text(metrics, [&](std::string_view piece) { file.write(piece); });
    textfile_result result;
    if (int const error = file.commit(options.mode, options.is_synced); error != 0) {
        result.error = std::error_code(error, std::generic_category());
        result.message = "cannot write metrics to " + path + ": " + result.error.message();
    }
    return result;
}

}  // namespace iafmetrics::inline v0::exposition
