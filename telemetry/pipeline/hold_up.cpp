#include "telemetry/pipeline/hold_up.hpp"

#include <utility>

namespace vigie::telemetry {

bool HoldUp::front_failed(Nanoseconds now) noexcept {
  if (!std::exchange(is_held_up_, true)) since_ = now;
  is_fresh_turn_ = now - since_ >= limits_.patience;
  // Else the back end may be away by now.
  if (!std::exchange(is_overtaken_, false)) return true;
  ++overtaken_count_;
  return overtaken_count_ < limits_.overtaken_count_max || now - since_ < limits_.duration_max;
}

void HoldUp::fresh_taken() noexcept {
  is_overtaken_ = is_held_up_;
  is_fresh_turn_ = false;
}

}  // namespace vigie::telemetry
