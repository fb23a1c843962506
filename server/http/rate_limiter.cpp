#include "server/http/rate_limiter.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <random>

namespace vigie::http {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

constexpr std::int64_t seconds_up(std::int64_t nanoseconds) {
  return (nanoseconds + kSecond - 1) / kSecond;
}

/// The finaliser of MurmurHash3: every bit of the input moves half of the output.
constexpr std::uint64_t mixed(std::uint64_t bits) noexcept {
  bits = (bits ^ bits >> 33) * 0xff51afd7ed558ccdULL;
  bits = (bits ^ bits >> 33) * 0xc4ceb9fe1a85ec53ULL;
  return bits ^ bits >> 33;
}

std::uint64_t random_seed() {
  std::random_device device;
  return static_cast<std::uint64_t>(device()) << 32 | device();
}

}  // namespace

RateLimiter::RateLimiter(const RatePolicy& policy)
    : policy_(policy), seed_(random_seed()), sets_(std::make_unique<std::array<Set, kSets>>()) {
  if (!is_unlimited())
    interval_ns_ = std::max<std::int64_t>(1, policy.window.count() / policy.quota);
}

RateLimiter::Decision RateLimiter::take(std::uint64_t key, TimePoint now) {
  if (is_unlimited()) return {};
  const std::size_t index = key % kSets;
  const std::lock_guard lock(locks_[index % kLocks].mutex);
  const auto now_ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
  return decide(bucket_of((*sets_)[index], key), now_ns);
}

std::uint64_t RateLimiter::key_of(std::string_view text) const noexcept {
  std::uint64_t hash = seed_ ^ text.size();
  while (!text.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = std::min(text.size(), sizeof word);
    std::memcpy(&word, text.data(), size);
    hash = mixed(hash ^ word) + seed_;
    text.remove_prefix(size);
  }
  return mixed(hash);
}

RateLimiter::Bucket& RateLimiter::bucket_of(Set& set, std::uint64_t key) {
  Bucket* fullest = set.data();
  for (Bucket& bucket : set) {
    if (bucket.key == key) return bucket;
    if (bucket.full_at < fullest->full_at) fullest = &bucket;
  }
  *fullest = {.key = key};
  return *fullest;
}

RateLimiter::Decision RateLimiter::decide(Bucket& bucket, std::int64_t now) const {
  const std::int64_t capacity_ns = interval_ns_ * policy_.quota;
  const std::int64_t missing_ns = std::max<std::int64_t>(0, bucket.full_at - now);
  const std::int64_t wanted_ns = missing_ns + interval_ns_;
  if (wanted_ns > capacity_ns) {
    return {.is_allowed = false,
            .reset_s = seconds_up(missing_ns),
            .retry_after_s = std::max<std::int64_t>(1, seconds_up(wanted_ns - capacity_ns))};
  }
  bucket.full_at = now + wanted_ns;
  return {.remaining = (capacity_ns - wanted_ns) / interval_ns_, .reset_s = seconds_up(wanted_ns)};
}

std::string_view address_of_client(std::string_view address, std::array<char, 16>& storage) {
  if (address.find(':') == std::string_view::npos) return address;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.size() >= text.size()) return address;
  address.copy(text.data(), address.size());
  if (::inet_pton(AF_INET6, text.data(), storage.data()) != 1) return address;
  constexpr std::string_view kMappedPrefix{"\0\0\0\0\0\0\0\0\0\0\xff\xff", 12};
  const std::string_view bytes(storage.data(), storage.size());
  // An IPv4 address in IPv6 clothes is told apart by its last four bytes.
  return bytes.starts_with(kMappedPrefix) ? bytes.substr(12) : bytes.substr(0, 8);
}

}  // namespace vigie::http
