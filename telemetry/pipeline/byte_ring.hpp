#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace vigie::telemetry {

/// A bounded queue of records in one piece of memory, written in place. Any thread may write (they
/// exclude each other for the length of a copy), one thread reads.
class ByteRing {
 public:
  /// `capacity` is rounded up to a power of two.
  explicit ByteRing(std::size_t capacity);
  ByteRing(const ByteRing&) = delete;
  ByteRing& operator=(const ByteRing&) = delete;

  enum class Push : std::uint8_t {
    kTaken,
    /// There is no room.
    kFull,
    /// Another writer has not left in time.
    kBusy,
  };

  /// Calls write(place) with room for `bytes_max` at an aligned address; it returns how many bytes
  /// the record took. Nothing is written unless the answer is kTaken.
  template <typename Write>
  Push push(std::size_t bytes_max, const Write& write) noexcept {
    if (!enter()) return Push::kBusy;
    std::byte* place = reserve(bytes_max);
    if (place != nullptr) commit(place, write(place));
    leave();
    return place != nullptr ? Push::kTaken : Push::kFull;
  }

  /// Reads the oldest record with read(place) and frees it. False when the ring is empty.
  template <typename Read>
  bool pop(const Read& read) {
    const Frame* frame = front();
    if (frame == nullptr) return false;
    read(reinterpret_cast<const std::byte*>(frame + 1));
    release(*frame);
    return true;
  }

  bool is_empty() const noexcept { return tail_.load() == head_.load(std::memory_order_relaxed); }
  /// Called by writers.
  bool is_half_full() const noexcept;

 private:
  struct Frame {
    /// With the frame itself; 0: the rest of the memory is not used.
    std::uint64_t bytes;
  };

  bool enter() noexcept;
  void leave() noexcept { is_busy_.clear(std::memory_order_release); }
  std::byte* reserve(std::size_t bytes) noexcept;
  void commit(std::byte* place, std::size_t bytes) noexcept;
  const Frame* front() noexcept;
  void release(const Frame& frame) noexcept;

  std::size_t capacity_;
  // No vector: that would touch all of the memory, most of which is never needed.
  std::unique_ptr<std::byte[]> memory_;  // NOLINT(modernize-avoid-c-arrays)
  /// Guards the writers' side.
  alignas(64) std::atomic_flag is_busy_;
  std::uint64_t reserved_ = 0;
  std::uint64_t head_seen_ = 0;
  /// Bytes ever written and read; their difference is what is queued.
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  alignas(64) std::atomic<std::uint64_t> head_{0};
};

}  // namespace vigie::telemetry
