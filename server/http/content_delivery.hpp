#pragma once

#include <chrono>
#include <cstdint>

namespace vigie::http {

/// How contents leave the house.
struct ContentDelivery {
  /// A store that gives out URLs is read there, not through us.
  bool redirects = false;
  std::chrono::seconds url_lifetime{300};
  /// Slowest client that is tolerated, bytes a second: until when the store has to answer.
  std::uint64_t rate_min = 1'024;
};

}  // namespace vigie::http
