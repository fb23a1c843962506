#pragma once

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/domain/result.hpp"
#include "server/platform/core/descriptor.hpp"

namespace vigie::blob {

// System calls on files; all of them may block. What the disk refuses is kStorageFull when it, or
// the account's part of it, is full, else kUnavailable (read-only, broken, no permission), with the
// call, the file and the reason as detail.

domain::Error file_error(std::string_view call, std::string_view path, int number = errno);

/// With O_CLOEXEC and O_NOFOLLOW. Nothing: there is no such file.
domain::Result<std::optional<core::Descriptor>> open_file(const std::string& path, int flags);

domain::Result<void> write_at(const core::Descriptor& file, std::uint64_t offset,
                              std::string_view bytes, std::string_view path);
/// Fewer than `count` bytes at the file's end only.
domain::Result<std::size_t> read_at(const core::Descriptor& file, std::uint64_t offset, char* out,
                                    std::size_t count, std::string_view path);
/// Until data and size are on the disk.
domain::Result<void> sync_file(const core::Descriptor& file, std::string_view path);
domain::Result<void> sync_directory(const std::string& path);
/// Gives the bytes of a range back: they read as zeros then. Where the file system has no holes,
/// they stay.
domain::Result<void> punch_hole(const core::Descriptor& file, std::uint64_t offset,
                                std::uint64_t bytes, std::string_view path);
/// Of the file system that `path` lies on, as far as this account may have them.
domain::Result<std::uint64_t> free_bytes(const std::string& path);
/// False: there was none.
domain::Result<bool> remove_file(const std::string& path);

/// Holds a directory for one change of its entries that consists of several calls, against all
/// threads and processes that do the same: kept for a moment only.
class DirectoryLock {
 public:
  static domain::Result<DirectoryLock> take(const std::string& path);

 private:
  explicit DirectoryLock(core::Descriptor directory) noexcept : directory_(std::move(directory)) {}
  core::Descriptor directory_;  // flock(2) ends when it is closed
};

}  // namespace vigie::blob
