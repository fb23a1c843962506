#include "server/domain/uuid_v7.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace vigie::domain {
namespace {

constexpr std::uint64_t kCounterBits = 12;

}  // namespace

UuidV7Source::UuidV7Source(const Clock& clock, RandomBytes random)
    : clock_(clock), random_(std::move(random)) {}

Uuid UuidV7Source::next() {
  std::array<std::uint8_t, 10> random{};
  random_(random);
  const auto now = std::chrono::floor<std::chrono::milliseconds>(clock_.now()).time_since_epoch();
  // The top bit of a fresh counter is left clear, so that it can count within the millisecond.
  const std::uint64_t seed = (std::uint64_t{random[8]} << 8 | random[9]) & 0x7ffU;
  const std::uint64_t fresh = static_cast<std::uint64_t>(now.count()) << kCounterBits | seed;

  std::uint64_t value = 0;
  {
    const std::lock_guard lock(mutex_);
    value = last_ = (fresh >> kCounterBits) > (last_ >> kCounterBits) ? fresh : last_ + 1;
  }

  Uuid uuid;
  for (std::size_t i = 0; i < 6; ++i) {
    uuid.bytes[i] = static_cast<std::uint8_t>(value >> (kCounterBits + 8 * (5 - i)));
  }
  uuid.bytes[6] = static_cast<std::uint8_t>(0x70 | (value >> 8 & 0xf));
  uuid.bytes[7] = static_cast<std::uint8_t>(value & 0xff);
  std::copy_n(random.begin(), 8, uuid.bytes.begin() + 8);
  uuid.bytes[8] = static_cast<std::uint8_t>(0x80 | (uuid.bytes[8] & 0x3f));
  return uuid;
}

}  // namespace vigie::domain
