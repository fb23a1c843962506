#pragma once

#include <chrono>
#include <string>

namespace vigie::auth {

/// What issuer and verifier must agree on.
struct TokenSettings {
  std::string issuer = "vigie";
  std::string audience = "vigie-api";
  /// How far the clocks of two servers may be apart.
  std::chrono::seconds clock_skew_max{30};
};

}  // namespace vigie::auth
