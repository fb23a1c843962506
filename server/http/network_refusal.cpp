#include "server/http/network_refusal.hpp"

#include <array>

namespace vigie::http {

const NetworkRefusal& network_refusal(Refusal reason) noexcept {
  using namespace unrouted;
  using namespace problems;
  // In the order of Refusal.
  static constexpr std::array<NetworkRefusal, 16> kRefusals = {{
      {&kMalformed, &kMalformedRequest, true},
      {&kTooLarge, &kUriTooLong, true},
      {&kTooLarge, &kHeaderTooLarge, true},
      {&kTooSlow, &kHeaderTooSlow, true},
      {&kTooLarge, &kContentTooLarge, true},
      {&kTooSlow, &kBodyTooSlow, true},
      {&kUnsupported, &kExpectationFailed, true},
      {&kUnsupported, &kVersionNotSupported, true},
      {&kUnsupported, &kMethodNotImplemented, false},
      {&kUnsupported, &kCodingNotImplemented, true},
      {&kOverloaded, &kTooManyConnections, true},
      {&kOverloaded, &of(domain::Code::kOverloaded), false},
      {&unrouted::kShuttingDown, &problems::kShuttingDown, true},
      {&kOverloaded, &of(domain::Code::kShareExceeded), false,
       "You have as many requests in flight as one caller may have."},
      {&kOverloaded, &of(domain::Code::kShareExceeded), false,
       "You have as many uploads and downloads under way as one caller may have."},
      {&kOverloaded, &of(domain::Code::kShareExceeded), true,
       "Your address has as many connections as one may have."},
  }};
  static_assert(kRefusals.size() ==
                static_cast<std::size_t>(Refusal::kConnectionsShareExceeded) + 1);
  return kRefusals[static_cast<std::size_t>(reason)];
}

}  // namespace vigie::http
