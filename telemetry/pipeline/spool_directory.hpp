#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/pipeline/disk_file.hpp"

namespace vigie::telemetry {

/// The files of one process's spool: a directory under a lock, numbered segments, and those that
/// were set aside. A second process at the same place (a restart that overlaps) works in "PLACE.1",
/// a third in "PLACE.2"; what they leave is adopted by whoever comes later. Not thread-safe.
class SpoolDirectory {
 public:
  static constexpr std::size_t kProcessesMax = 16;
  static constexpr std::size_t kSetAsideMax = 4;

  explicit SpoolDirectory(std::string place) : place_(std::move(place)) {}

  /// Makes and locks a directory. False when the disk refuses it, or all are taken; it may be tried
  /// again.
  bool acquire();
  bool is_acquired() const noexcept { return lock_.is_open(); }

  std::string path_of(std::uint64_t number) const;
  std::uint64_t next_number() noexcept { return next_number_++; }
  /// Numbers of the segments that are there, oldest first.
  std::vector<std::uint64_t> segments() const;
  /// Moves segments here that processes left that are gone. Returns their new numbers.
  std::vector<std::uint64_t> adopt();

  /// Puts the names of the segments on the disk.
  void sync() const noexcept;

  /// Keeps a damaged segment for study as "NUMBER.corrupt", a few of them.
  void set_aside(std::uint64_t number) noexcept;
  std::uint64_t set_aside_bytes() const;
  /// False when there is none.
  bool remove_oldest_set_aside() noexcept;

 private:
  std::string name_of(std::size_t index) const;
  void adopt_from(std::size_t index, std::vector<std::uint64_t>& adopted);

  std::string place_;
  std::string path_;
  std::size_t index_ = 0;
  std::uint64_t next_number_ = 1;
  DiskFile lock_;
};

}  // namespace vigie::telemetry
