#include "telemetry/recorder/route_thresholds.hpp"

#include <functional>

namespace vigie::telemetry {

std::uint64_t RouteThresholds::hash_of(std::string_view route) noexcept {
  return std::hash<std::string_view>{}(route) | 1U;
}

std::size_t RouteThresholds::slot_of(std::uint64_t hash) const noexcept {
  std::size_t at = hash / 2 % kSlots;
  for (;; at = (at + 1) % kSlots) {
    const std::uint64_t found = slots_[at].hash.load(std::memory_order_acquire);
    if (found == hash || found == 0) return at;
  }
}

bool RouteThresholds::admits(std::string_view route, std::uint64_t duration_ns,
                             std::uint64_t now_ns) const noexcept {
  const Slot* slot = &slots_[slot_of(hash_of(route))];
  if (slot->hash.load(std::memory_order_relaxed) == 0) slot = &slots_[slot_of(hash_of(kOther))];
  return duration_ns > slot->duration_ns.load(std::memory_order_relaxed) ||
         now_ns >= slot->valid_until_ns.load(std::memory_order_relaxed);
}

void RouteThresholds::set(std::string_view route, std::uint64_t duration_ns,
                          std::uint64_t valid_until_ns) noexcept {
  const std::uint64_t hash = hash_of(route);
  Slot& slot = slots_[slot_of(hash)];
  slot.duration_ns.store(duration_ns, std::memory_order_relaxed);
  slot.valid_until_ns.store(valid_until_ns, std::memory_order_relaxed);
  slot.hash.store(hash, std::memory_order_release);
}

}  // namespace vigie::telemetry
