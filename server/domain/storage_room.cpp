#include "server/domain/storage_room.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace vigie::domain {
namespace {

Error storage_full(std::string message, std::string limit) {
  return {.code = Code::kStorageFull,
          .message = std::move(message),
          .faults = {{.pointer = "/bytes", .message = std::move(limit)}}};
}

}  // namespace

Result<void> StorageRoom::reserve(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (auto fitting = fits_store(bytes); !fitting) return fitting;
  const std::uint64_t taken = used_ + reserved_;
  const std::uint64_t left = total_bytes_max_ - std::min(total_bytes_max_, taken);
  if (total_bytes_max_ > 0 && bytes > left) {
    return storage_full("All accounts together may store " + std::to_string(total_bytes_max_) +
                            " bytes, of which " + std::to_string(left) + " are left; this needs " +
                            std::to_string(bytes) + ".",
                        "Must be at most " + std::to_string(left) + " at the moment.");
  }
  reserved_ += bytes;
  return {};
}

void StorageRoom::give_back(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  reserved_ -= std::min(reserved_, bytes);
}

Result<void> StorageRoom::fits(std::uint64_t bytes) const {
  const std::lock_guard lock(mutex_);
  return fits_store(bytes);
}

/// Called with the lock held.
Result<void> StorageRoom::fits_store(std::uint64_t bytes) const {
  if (!free_ || bytes <= *free_) return {};
  return storage_full("The store has " + std::to_string(*free_) + " bytes free; this needs " +
                          std::to_string(bytes) + ".",
                      "Must be at most " + std::to_string(*free_) + " at the moment.");
}

std::uint64_t StorageRoom::reserved() const {
  const std::lock_guard lock(mutex_);
  return reserved_;
}

void StorageRoom::counted(std::uint64_t bytes_used, std::uint64_t reserved_before) {
  const std::lock_guard lock(mutex_);
  used_ = bytes_used;
  reserved_ -= std::min(reserved_, reserved_before);
}

void StorageRoom::has_free(std::optional<std::uint64_t> bytes) {
  const std::lock_guard lock(mutex_);
  free_ = bytes;
}

}  // namespace vigie::domain
