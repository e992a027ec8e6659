// SPDX-License-Identifier: Apache-2.0
#include <platform/source_store.hpp>

#include <openssl/evp.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>

namespace platform {

namespace fs = std::filesystem;

namespace {

std::string sha256(std::string_view bytes)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error{"cannot compute a SHA-256 digest"};
    constexpr std::string_view hex = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < length; ++i) {
        text += hex[digest[i] >> 4];
        text += hex[digest[i] & 15];
    }
    return text;
}

[[noreturn]] void fail(char const* what) { throw std::system_error{errno, std::generic_category(), what}; }

class file {
public:
    file(int descriptor, char const* what) : descriptor_{descriptor}
    {
        if (descriptor_ < 0) fail(what);
    }
    file(file const&) = delete;
    file& operator=(file const&) = delete;
    ~file() { ::close(descriptor_); }

    void write(std::string_view bytes) const
    {
        while (!bytes.empty()) {
            auto const written = ::write(descriptor_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail("write");
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    void sync() const
    {
        if (::fsync(descriptor_) != 0) fail("fsync");
    }

private:
    int descriptor_;
};

}  // namespace

source_store::source_store(fs::path root) : root_{std::move(root)}
{
    try {
        fs::create_directories(root_ / "sha256");
        fs::create_directories(root_ / "incoming");
        if (::access((root_ / "incoming").c_str(), W_OK) != 0) fail("access");
        sweep();
    } catch (std::system_error const& e) {
        throw std::runtime_error{"cannot use the source store " + root_.string() + ": " + e.code().message()};
    }
}

void source_store::sweep()
{
    // Another replica may be writing here: only what is too old to be an upload goes.
    constexpr std::chrono::hours longest_upload{1};
    std::error_code vanished;
    for (auto const& entry : fs::directory_iterator{root_ / "incoming"})
        if (fs::file_time_type::clock::now() - entry.last_write_time(vanished) > longest_upload && !vanished)
            fs::remove(entry.path(), vanished);
    std::uint64_t sum = 0;
    for (auto const& entry : fs::recursive_directory_iterator{root_ / "sha256"})
        if (entry.is_regular_file()) sum += entry.file_size();
    bytes_ = sum;
}

result<source> source_store::put(std::string_view archive)
{
    if (archive.empty()) return problem{422, "the archive is empty"};
    try {
        auto const digest = sha256(archive);
        std::lock_guard const lock{writing_};
        auto const at = root_ / "sha256" / digest.substr(0, 2) / digest;
        if (!fs::exists(at)) {
            auto const incoming = store(archive, digest);
            fs::create_directories(at.parent_path());
            fs::rename(incoming, at);
            file const directory{::open(at.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                                 "open"};
            directory.sync();
            bytes_ += archive.size();
        }
        return source{"sha256:" + digest, archive.size()};
    } catch (std::system_error const& e) {
        return problem{507, "the source store cannot take the archive: " + e.code().message()};
    }
}

fs::path source_store::store(std::string_view archive, std::string const& digest)
{
    auto name = (root_ / "incoming" / (digest + ".XXXXXX")).string();
    file const incoming{::mkostemp(name.data(), O_CLOEXEC), "mkostemp"};
    try {
        incoming.write(archive);
        incoming.sync();
    } catch (...) {
        ::unlink(name.c_str());
        throw;
    }
    return name;
}

}  // namespace platform
