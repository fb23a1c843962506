#include "server/auth/key_ring.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "server/crypto/random_bytes.hpp"
#include "server/domain/rfc3339.hpp"
#include "server/platform/core/descriptor.hpp"
#include "server/platform/core/hex.hpp"

namespace vigie::auth {
namespace {

/// 20261121T064100Z-1f2e3d4c: the time sorts, the rest keeps two starts in one second apart.
std::string new_kid(domain::Timestamp now) {
  std::string kid;
  for (const char c : domain::format_rfc3339(std::chrono::floor<std::chrono::seconds>(now))) {
    if (c != '-' && c != ':') kid.push_back(c);
  }
  std::array<std::uint8_t, 4> random{};
  crypto::fill_random(random);
  return kid + '-' + core::to_hex(random);
}

[[noreturn]] void throw_errno(const std::filesystem::path& file) {
  throw std::system_error(errno, std::generic_category(), file.string());
}

core::Descriptor open_file(const std::filesystem::path& path, int flags) {
  core::Descriptor file(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  if (!file) throw_errno(path);
  return file;
}

void write_private_file(const std::filesystem::path& path, std::string_view content) {
  const core::Descriptor file = open_file(path, O_WRONLY | O_CREAT | O_EXCL);
  while (!content.empty()) {
    const ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    // A write of nothing sets no errno.
    if (written == 0) errno = EIO;
    if (written <= 0) throw_errno(path);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) throw_errno(path);
}

/// The names in it are on the disk: a key that has signed is not gone after a loss of power.
void sync_directory(const std::filesystem::path& path) {
  const core::Descriptor directory = open_file(path, O_RDONLY | O_DIRECTORY);
  if (::fsync(directory.get()) != 0) throw_errno(path);
}

}  // namespace

domain::Result<std::unique_ptr<KeyRing>> KeyRing::open(std::filesystem::path dir) {
  std::unique_ptr<KeyRing> ring{new KeyRing(std::move(dir))};
  if (auto loaded = ring->reload_if_changed(); !loaded) return std::move(loaded).error();
  if (ring->keys_ == nullptr) {
    return domain::Error{.code = domain::Code::kInternal,
                         .detail = "token keys: no .pem file in " + ring->dir_.string()};
  }
  return ring;
}

domain::Result<bool> KeyRing::reload_if_changed() {
  const std::lock_guard reload_lock(reload_mutex_);
  try {
    // Looked at before the files are read: a change in between is seen by the next call.
    auto files = state_of(dir_);
    if (files == files_) return false;
    const std::uint64_t generation = generation_.load(std::memory_order_relaxed) + 1;
    auto read = KeySet::read(dir_, generation);
    if (!read) return std::move(read).error();
    auto keys = std::make_shared<const KeySet>(*std::move(read));
    files_ = std::move(files);
    const std::lock_guard keys_lock(keys_mutex_);
    keys_ = std::move(keys);
    generation_.store(generation, std::memory_order_release);
    return true;
  } catch (const std::filesystem::filesystem_error& error) {
    return domain::Error{.code = domain::Code::kInternal,
                         .detail = std::string("token keys: ") + error.what()};
  }
}

std::shared_ptr<const KeySet> KeyRing::keys() const {
  const std::lock_guard lock(keys_mutex_);
  return keys_;
}

std::vector<KeyRing::FileState> KeyRing::state_of(const std::filesystem::path& dir) {
  std::vector<FileState> files;
  for (auto& path : key_files(dir)) {
    const auto written_at = std::filesystem::last_write_time(path);
    const auto bytes = std::filesystem::file_size(path);
    files.push_back({std::move(path), written_at, bytes});
  }
  return files;
}

std::string generate_key(const std::filesystem::path& dir, domain::Timestamp now) {
  namespace fs = std::filesystem;
  if (fs::create_directories(dir)) {
    fs::permissions(dir, fs::perms::owner_all, fs::perm_options::replace);
  }
  std::string kid = new_kid(now);
  // Renamed when complete, so that no reload reads half a key.
  const fs::path unfinished = dir / ("." + kid + ".tmp");
  try {
    write_private_file(unfinished, Ed25519Key::generate().to_pem());
    fs::rename(unfinished, dir / (kid + ".pem"));
  } catch (...) {
    std::error_code ignored;  // what has failed is told, not that it was not tidied up
    fs::remove(unfinished, ignored);
    throw;
  }
  sync_directory(dir);
  return kid;
}

}  // namespace vigie::auth
