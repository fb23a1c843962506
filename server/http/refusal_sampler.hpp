#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "server/domain/caller.hpp"

namespace vigie::http {

/// Which refusals the log tells of: of those with one code to one address the first, and another
/// one a second later. The others are counted, and told of with the next that is told. A refusal
/// must not cost more than what it refuses.
///
/// Memory is fixed: 1,024 pairs of code and address (of IPv6 the first 64 bits). Beyond them the
/// pair that was told of longest ago gives way, and leaves its count to the one that takes its
/// place, so that none is lost. Thread-safe.
class RefusalSampler {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kPause{1};
  static constexpr std::size_t kPairsMax = 1'024;

  struct Verdict {
    bool is_told = true;
    /// With one that is told: how many were not, since the last that was.
    std::uint64_t suppressed = 0;
  };
  /// `code` is a literal; the address is numeric, or empty.
  Verdict judge(std::string_view code, std::string_view client_address, TimePoint now);

 private:
  static constexpr std::size_t kStripes = 16;

  struct Pair {
    std::string_view code;  // a literal; empty: free
    domain::CallerKey address;
    TimePoint told_at = TimePoint::min();
    std::uint64_t suppressed = 0;
  };
  // A cache line each: reactors that refuse different callers do not meet.
  struct alignas(64) Stripe {
    std::mutex mutex;
    std::array<Pair, kPairsMax / kStripes> pairs;  // guarded by mutex
  };

  static Pair& place_of(Stripe& stripe, std::string_view code, const domain::CallerKey& address);

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace vigie::http
