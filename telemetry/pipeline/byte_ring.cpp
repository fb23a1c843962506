#include "telemetry/pipeline/byte_ring.hpp"

#include <bit>
#include <new>

namespace vigie::telemetry {
namespace {

// A writer is done within some hundred nanoseconds, unless its thread was interrupted: then waiting
// for it would be blocking.
constexpr int kAttemptsMax = 200;

constexpr std::size_t framed(std::size_t bytes) noexcept {
  return sizeof(std::uint64_t) + ((bytes + 7) & ~std::size_t{7});
}

}  // namespace

ByteRing::ByteRing(std::size_t capacity)
    : capacity_(std::bit_ceil(capacity)), memory_(new std::byte[capacity_]) {}

bool ByteRing::enter() noexcept {
  for (int i = 0; i < kAttemptsMax; ++i) {
    if (!is_busy_.test_and_set(std::memory_order_acquire)) return true;
  }
  return false;
}

std::byte* ByteRing::reserve(std::size_t bytes) noexcept {
  bytes = framed(bytes);
  std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  const std::size_t to_end = capacity_ - (tail & (capacity_ - 1));
  const std::size_t skipped = to_end < bytes ? to_end : 0;
  if (tail + skipped + bytes - head_seen_ > capacity_) {
    head_seen_ = head_.load(std::memory_order_acquire);
    if (tail + skipped + bytes - head_seen_ > capacity_) return nullptr;
  }
  if (skipped > 0) {
    new (memory_.get() + (tail & (capacity_ - 1))) Frame{0};
    tail += skipped;
  }
  auto* frame = new (memory_.get() + (tail & (capacity_ - 1))) Frame{bytes};
  reserved_ = tail;
  return reinterpret_cast<std::byte*>(frame + 1);
}

// Sequentially consistent, so that either the writer sees that the reader went to sleep, or the
// reader, which looks again before it does, sees the record.
void ByteRing::commit(std::byte* place, std::size_t bytes) noexcept {
  auto* frame = reinterpret_cast<Frame*>(place) - 1;
  frame->bytes = framed(bytes);
  tail_.store(reserved_ + frame->bytes);
}

bool ByteRing::is_half_full() const noexcept {
  return tail_.load(std::memory_order_relaxed) - head_.load(std::memory_order_relaxed) >
         capacity_ / 2;
}

const ByteRing::Frame* ByteRing::front() noexcept {
  std::uint64_t head = head_.load(std::memory_order_relaxed);
  if (tail_.load() == head) return nullptr;
  const auto* frame = reinterpret_cast<const Frame*>(memory_.get() + (head & (capacity_ - 1)));
  if (frame->bytes != 0) return frame;
  head += capacity_ - (head & (capacity_ - 1));
  head_.store(head, std::memory_order_release);
  return reinterpret_cast<const Frame*>(memory_.get());
}

void ByteRing::release(const Frame& frame) noexcept {
  head_.store(head_.load(std::memory_order_relaxed) + frame.bytes, std::memory_order_release);
}

}  // namespace vigie::telemetry
