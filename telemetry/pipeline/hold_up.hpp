#pragma once

#include <chrono>

namespace vigie::telemetry {

struct HoldUpLimits {
  /// Once the oldest batch has failed for so long, new ones are tried in turn with it.
  std::chrono::milliseconds patience{60'000};
  /// How long its turn waits for a new one to come.
  std::chrono::milliseconds fresh_wait{10'000};
  /// It is given up when it has failed so often right after a new one was taken, ...
  unsigned overtaken_count_max = 5;
  /// ... and for so long in all.
  std::chrono::milliseconds duration_max{300'000};
};

/// Tells a spooled batch that the back end cannot answer for from a back end that is away: others
/// are taken, this one is not. Times are of one monotonic clock. Not thread-safe.
class HoldUp {
 public:
  using Nanoseconds = std::chrono::nanoseconds;

  explicit HoldUp(const HoldUpLimits& limits) : limits_(limits) {}

  /// The back end may take the oldest later. False: it never will.
  bool front_failed(Nanoseconds now) noexcept;
  /// There is another oldest, or none.
  void front_changed() noexcept { *this = HoldUp(limits_); }
  void fresh_failed() noexcept { is_fresh_turn_ = false; }
  void fresh_taken() noexcept;

  bool is_held_up() const noexcept { return is_held_up_; }
  /// How often the oldest failed right after a new one was taken.
  unsigned overtaken_count() const noexcept { return overtaken_count_; }
  bool is_fresh_turn() const noexcept { return is_fresh_turn_; }
  Nanoseconds fresh_wait() const noexcept {
    return is_fresh_turn_ ? limits_.fresh_wait : Nanoseconds{0};
  }

 private:
  HoldUpLimits limits_;
  Nanoseconds since_{0};
  unsigned overtaken_count_ = 0;
  bool is_held_up_ = false;
  bool is_overtaken_ = false;
  bool is_fresh_turn_ = false;
};

}  // namespace vigie::telemetry
