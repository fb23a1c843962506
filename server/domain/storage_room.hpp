#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "server/domain/result.hpp"

namespace vigie::domain {

/// How much more all accounts together may upload: a total, as the database counts it now and then
/// with what this process has let in since, and what the store has free, as it said last. Of
/// several processes at once each knows the others' by the next count: together they may go beyond
/// the total by what they let in meanwhile. As long as nothing is known, there is room.
/// Thread-safe.
class StorageRoom {
 public:
  /// 0: no total.
  explicit StorageRoom(std::uint64_t total_bytes_max) : total_bytes_max_(total_bytes_max) {}

  /// Takes so many bytes of the total. kStorageFull, and nothing is taken, when they are more than
  /// is left, there or in the store.
  Result<void> reserve(std::uint64_t bytes);
  /// So many that were reserved are not used.
  void give_back(std::uint64_t bytes);
  /// kStorageFull when the store has not so many bytes free.
  Result<void> fits(std::uint64_t bytes) const;

  /// What was reserved since the last count: before a count begins, to be passed to `counted`.
  std::uint64_t reserved() const;
  /// All uploads and media have so many bytes, with the first `reserved_before` that were reserved.
  void counted(std::uint64_t bytes_used, std::uint64_t reserved_before);
  /// Nothing: the store does not know, or does not answer.
  void has_free(std::optional<std::uint64_t> bytes);

 private:
  Result<void> fits_store(std::uint64_t bytes) const;

  const std::uint64_t total_bytes_max_;
  mutable std::mutex mutex_;  // guards what follows
  std::uint64_t used_ = 0;
  std::uint64_t reserved_ = 0;
  std::optional<std::uint64_t> free_;
};

}  // namespace vigie::domain
