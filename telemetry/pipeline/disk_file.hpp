#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace vigie::telemetry {

/// A file that is read and written by position. Failures are told by return values: a disk that is
/// full, gone or read-only is expected. `errno` says why.
class DiskFile {
 public:
  DiskFile() = default;
  ~DiskFile() { close(); }
  DiskFile(DiskFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DiskFile& operator=(DiskFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  /// `flags` as open(2) takes them; a new file is the owner's alone.
  bool open(const std::string& path, int flags) noexcept;
  void close() noexcept;
  bool is_open() const noexcept { return fd_ >= 0; }

  /// All of it or false.
  bool read_at(std::uint64_t offset, void* out, std::size_t bytes) const noexcept;
  bool write_at(std::uint64_t offset, const void* bytes, std::size_t count) noexcept;
  bool truncate(std::uint64_t bytes) noexcept;
  /// Until the data is on the disk.
  bool sync() noexcept;
  std::uint64_t size() const noexcept;
  /// False when another process (or another DiskFile of this one) holds it.
  bool lock() noexcept;

 private:
  int fd_ = -1;
};

}  // namespace vigie::telemetry
