#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vigie::telemetry {

/// How slow a trace must be to be among the slowest of its route. Asked by request threads at the
/// end of each trace that is not kept: no lock, a hash and three loads. One thread at a time sets.
class RouteThresholds {
 public:
  /// More routes share one threshold.
  static constexpr std::size_t kRoutesMax = 64;
  static constexpr std::string_view kOther = "other";

  RouteThresholds() = default;
  RouteThresholds(const RouteThresholds&) = delete;
  RouteThresholds& operator=(const RouteThresholds&) = delete;

  /// True also for a route that has none yet, and when the threshold is out of date.
  bool admits(std::string_view route, std::uint64_t duration_ns,
              std::uint64_t now_ns) const noexcept;
  /// Pre: no more than kRoutesMax routes, and kOther.
  void set(std::string_view route, std::uint64_t duration_ns,
           std::uint64_t valid_until_ns) noexcept;

 private:
  static constexpr std::size_t kSlots = 4 * kRoutesMax;

  struct Slot {
    /// 0: free. Never taken back.
    std::atomic<std::uint64_t> hash{0};
    std::atomic<std::uint64_t> duration_ns{0};
    std::atomic<std::uint64_t> valid_until_ns{0};
  };

  static std::uint64_t hash_of(std::string_view route) noexcept;
  /// The route's slot, or the free one where it would be.
  std::size_t slot_of(std::uint64_t hash) const noexcept;

  std::array<Slot, kSlots> slots_;
};

}  // namespace vigie::telemetry
