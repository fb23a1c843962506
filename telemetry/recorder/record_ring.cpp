#include "telemetry/recorder/record_ring.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "telemetry/attribute_record.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::size_t kCapacityMin = 64;
constexpr std::size_t kCapacityMax = std::size_t{1} << 31;

}  // namespace

RecordRing::RecordRing(std::size_t capacity)
    : capacity_(std::clamp(capacity, kCapacityMin, kCapacityMax) / 8 * 8),
      // NOLINTNEXTLINE(*-avoid-c-arrays): a buffer of run-time size
      memory_(std::make_unique_for_overwrite<std::byte[]>(capacity_)) {}

RecordRing::Frame& RecordRing::frame_at(std::uint64_t at) noexcept {
  return *reinterpret_cast<Frame*>(memory_.get() + at % capacity_);
}

const RecordRing::Frame& RecordRing::frame_at(std::uint64_t at) const noexcept {
  return *reinterpret_cast<const Frame*>(memory_.get() + at % capacity_);
}

void RecordRing::push(const std::byte* record, std::size_t bytes) noexcept {
  const std::size_t needed = sizeof(Frame) + aligned(bytes);
  if (needed > capacity_ / 2) return;
  const std::size_t left = capacity_ - static_cast<std::size_t>(tail_ % capacity_);
  if (left < needed) append(left, true);
  make_room(needed);
  std::memcpy(memory_.get() + tail_ % capacity_ + sizeof(Frame), record, bytes);
  append(needed, false);
}

void RecordRing::append(std::size_t bytes, bool is_gap) noexcept {
  make_room(bytes);
  new (&frame_at(tail_)) Frame{static_cast<std::uint32_t>(bytes), is_gap};
  tail_ += bytes;
  if (!is_gap) ++count_;
}

void RecordRing::make_room(std::size_t bytes) noexcept {
  while (tail_ + bytes - head_ > capacity_) {
    const Frame& oldest = frame_at(head_);
    if (!oldest.is_gap) --count_;
    head_ += oldest.bytes;
  }
}

}  // namespace vigie::telemetry
