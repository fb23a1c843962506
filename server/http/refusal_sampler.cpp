#include "server/http/refusal_sampler.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace vigie::http {

RefusalSampler::Verdict RefusalSampler::judge(std::string_view code,
                                              std::string_view client_address, TimePoint now) {
  const auto address = domain::CallerKey::of_address(client_address);
  const std::size_t hash = std::hash<std::string_view>{}(address.bytes());
  Stripe& stripe = stripes_[hash % kStripes];
  const std::lock_guard lock(stripe.mutex);
  Pair& pair = place_of(stripe, code, address);
  const bool is_new = pair.code != code || pair.address != address;
  if (!is_new && now < pair.told_at + kPause) {
    ++pair.suppressed;
    return {.is_told = false};
  }
  const std::uint64_t suppressed = std::exchange(pair.suppressed, 0);
  pair.code = code;
  pair.address = address;
  pair.told_at = now;
  return {.suppressed = suppressed};
}

/// The pair's own place; else that of the one that was told of longest ago: free ones never were.
RefusalSampler::Pair& RefusalSampler::place_of(Stripe& stripe, std::string_view code,
                                               const domain::CallerKey& address) {
  const auto own = std::find_if(stripe.pairs.begin(), stripe.pairs.end(), [&](const Pair& pair) {
    return pair.address == address && pair.code == code;
  });
  if (own != stripe.pairs.end()) return *own;
  return *std::min_element(stripe.pairs.begin(), stripe.pairs.end(),
                           [](const Pair& a, const Pair& b) { return a.told_at < b.told_at; });
}

}  // namespace vigie::http
