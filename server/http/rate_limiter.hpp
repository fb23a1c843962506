#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace vigie::http {

/// `quota` requests at once, refilled evenly over `window`.
struct RatePolicy {
  std::string_view name;   // a literal; names the policy in the RateLimit headers
  std::int64_t quota = 0;  // 0: no limit
  std::chrono::nanoseconds window{};
};

/// Token buckets, one a key, in a fixed amount of memory. A bucket is kept as the one instant at
/// which it will be full again (the generic cell rate algorithm), so that refilling costs nothing.
///
/// Memory: kSets × kWays buckets of 16 bytes. A key has its place in one of kWays buckets of its
/// set; when all are taken, the one that is nearest to full is given up, because its owner gains
/// least: someone who floods the table with keys cannot wash a bucket out that he has emptied.
/// Thread-safe.
class RateLimiter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Decision {
    bool is_allowed = true;
    std::int64_t remaining = 0;
    std::int64_t reset_s = 0;        // until the bucket is full again
    std::int64_t retry_after_s = 0;  // until the next request is allowed; 0 when this one was
  };

  explicit RateLimiter(const RatePolicy& policy);

  bool is_unlimited() const noexcept { return policy_.quota <= 0; }
  const RatePolicy& policy() const noexcept { return policy_; }
  /// Counts one request of `key`, which is a hash made with key_of().
  Decision take(std::uint64_t key, TimePoint now);
  /// A hash that nobody outside can aim with: an address cannot be picked for sharing the bucket of
  /// someone else.
  std::uint64_t key_of(std::string_view text) const noexcept;

 private:
  static constexpr std::size_t kSets = 4096;
  static constexpr std::size_t kWays = 4;
  static constexpr std::size_t kLocks = 64;

  struct Bucket {
    std::uint64_t key = 0;
    std::int64_t full_at = 0;  // nanoseconds of the steady clock
  };
  // A cache line each, the locks too: reactors that serve different callers do not meet.
  static constexpr std::size_t kLineBytes = 64;
  struct alignas(kLineBytes) Set : std::array<Bucket, kWays> {};
  struct alignas(kLineBytes) Lock {
    std::mutex mutex;
  };
  static_assert(sizeof(Set) == kLineBytes && sizeof(Lock) == kLineBytes);

  static Bucket& bucket_of(Set& set, std::uint64_t key);
  Decision decide(Bucket& bucket, std::int64_t now) const;

  RatePolicy policy_;
  std::int64_t interval_ns_ = 0;
  std::uint64_t seed_;
  std::unique_ptr<std::array<Set, kSets>> sets_;
  std::array<Lock, kLocks> locks_;  // lock i guards the sets whose index is i modulo kLocks
};

/// The form of a client's address that buckets are kept for: of IPv6 the first 64 bits, since a
/// client has all the addresses behind them.
std::string_view address_of_client(std::string_view address, std::array<char, 16>& storage);

}  // namespace vigie::http
