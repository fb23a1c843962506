#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace vigie::telemetry {

/// The last records that fit into one piece of memory: a new one takes the place of the oldest. Not
/// thread-safe.
class RecordRing {
 public:
  /// Memory is touched, and so taken, only as far as it was ever used.
  explicit RecordRing(std::size_t capacity);
  RecordRing(const RecordRing&) = delete;
  RecordRing& operator=(const RecordRing&) = delete;

  /// Copies `bytes` bytes to an aligned address. A record larger than half of the memory is left
  /// out.
  void push(const std::byte* record, std::size_t bytes) noexcept;

  /// Calls visit(place) for each record, the oldest first.
  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (std::uint64_t at = head_; at != tail_;) {
      const Frame& frame = frame_at(at);
      if (!frame.is_gap) visit(reinterpret_cast<const std::byte*>(&frame + 1));
      at += frame.bytes;
    }
  }

  std::size_t count() const noexcept { return count_; }
  std::size_t used_bytes() const noexcept { return static_cast<std::size_t>(tail_ - head_); }
  std::size_t capacity() const noexcept { return capacity_; }

 private:
  struct Frame {
    /// With the frame itself.
    std::uint32_t bytes;
    /// The end of the memory, too small for the next record.
    bool is_gap;
  };
  static_assert(sizeof(Frame) == 8);

  Frame& frame_at(std::uint64_t at) noexcept;
  const Frame& frame_at(std::uint64_t at) const noexcept;
  void make_room(std::size_t bytes) noexcept;
  void append(std::size_t bytes, bool is_gap) noexcept;

  std::size_t capacity_;
  // No vector: that would touch all of the memory.
  std::unique_ptr<std::byte[]> memory_;  // NOLINT(modernize-avoid-c-arrays)
  /// Bytes ever freed and written; their difference is what is held.
  std::uint64_t head_ = 0;
  std::uint64_t tail_ = 0;
  std::size_t count_ = 0;
};

}  // namespace vigie::telemetry
