#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "server/auth/key_set.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/result.hpp"

namespace vigie::auth {

/// The keys that sign and verify access tokens, kept in step with a directory of `<kid>.pem` files
/// (Ed25519, PKCS#8): the last by name signs, all verify. To rotate, add a file whose name sorts
/// behind the others; take the old one away when its last token has expired. Thread-safe.
class KeyRing {
 public:
  /// Fails with a detail that names the file and the reason.
  static domain::Result<std::unique_ptr<KeyRing>> open(std::filesystem::path dir);

  /// Reads the directory again if a file was added, removed or changed since; true when the ring is
  /// another one now. On a fault the old ring stays, and the next call tries again. Blocks on the
  /// file system for a moment: called every few seconds, not per request.
  domain::Result<bool> reload_if_changed();

  /// The owners of the set are the ring and those who use it while it is replaced.
  std::shared_ptr<const KeySet> keys() const;
  /// Grows with each change: what was verified under another generation is to be verified anew.
  std::uint64_t generation() const noexcept { return generation_.load(std::memory_order_acquire); }

  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

 private:
  /// What tells whether a file has changed.
  struct FileState {
    std::filesystem::path path;
    std::filesystem::file_time_type written_at;
    std::uintmax_t bytes = 0;

    bool operator==(const FileState&) const = default;
  };

  explicit KeyRing(std::filesystem::path dir) : dir_(std::move(dir)) {}
  static std::vector<FileState> state_of(const std::filesystem::path& dir);

  const std::filesystem::path dir_;
  std::atomic<std::uint64_t> generation_{0};
  std::mutex reload_mutex_;        // one reload at a time
  std::vector<FileState> files_;   // guarded by reload_mutex_
  mutable std::mutex keys_mutex_;  // held only to copy or replace the pointer
  std::shared_ptr<const KeySet> keys_;
};

/// Makes a key and puts it, readable by its owner only, into the directory, which is made when
/// absent. Its kid begins with the time, so that the newest key is the last by name. Returns the
/// kid. Throws std::system_error when the file cannot be written.
std::string generate_key(const std::filesystem::path& dir, domain::Timestamp now);

}  // namespace vigie::auth
