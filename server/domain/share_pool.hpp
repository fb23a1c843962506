#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

#include "server/domain/caller.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

/// Why a pool gave no place.
enum class ShareRefusal : std::uint8_t { kAccount, kAddress, kFull };
inline constexpr std::array<std::string_view, 3> kShareRefusalNames = {"account", "address",
                                                                       "full"};

/// Places that callers hold for a while, with a share for each of them: a rate bounds how often one
/// asks, this how much one holds at once (decision 34). A caller counts as its account and as its
/// address, so that neither many accounts nor many addresses make one caller larger.
///
/// Memory: two entries of a map a place that is taken, never more. Thread-safe.
class SharePool {
 public:
  static constexpr std::size_t kUnbounded = std::numeric_limits<std::size_t>::max();

  struct Limits {
    std::size_t places = kUnbounded;
    std::size_t per_account = kUnbounded;
    /// Of all accounts and anonymous callers of one address together.
    std::size_t per_address = kUnbounded;
  };

  /// One place, given back at its end; empty: none. Ends before its pool.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), caller_(other.caller_) {}
    Place& operator=(Place&& other) noexcept;
    ~Place() { release(); }

    explicit operator bool() const noexcept { return pool_ != nullptr; }
    void release() noexcept;

   private:
    friend class SharePool;
    Place(SharePool& pool, const Caller& caller) noexcept : pool_(&pool), caller_(caller) {}

    SharePool* pool_ = nullptr;
    Caller caller_;
  };

  /// `name` is a literal; it names the pool in messages, metrics and settings.
  SharePool(std::string_view name, const Limits& limits) : name_(name), limits_(limits) {}
  SharePool(const SharePool&) = delete;
  SharePool& operator=(const SharePool&) = delete;

  /// A place, or kShareExceeded when the caller holds its share, or kOverloaded when all are taken.
  /// Does not wait.
  Result<Place> take(const Caller& caller);
  /// As take(), for callers that have an error of their own.
  Place try_take(const Caller& caller, ShareRefusal& refusal);
  /// Counts a caller that was refused elsewhere for what it has here.
  void count_refusal(const Caller& caller) noexcept;
  /// What the caller holds: the account or the address, whichever holds more.
  std::size_t held_by(const Caller& caller) const;
  /// The caller holds its share, or the pool is full.
  bool is_refused(const Caller& caller) const;

  std::string_view name() const noexcept { return name_; }
  /// Of all callers.
  std::size_t held() const noexcept { return held_.load(std::memory_order_relaxed); }
  const Limits& limits() const noexcept { return limits_; }

  struct Load {
    std::size_t held = 0;
    std::size_t largest_of_address = 0;  // what one address holds at most
    std::array<std::uint64_t, kShareRefusalNames.size()> refused{};  // since the start
  };
  /// Looks at every holder: for a scrape, not for a request.
  Load load() const;

 private:
  // A cache line each: reactors that serve different callers do not meet.
  struct alignas(64) Stripe {
    mutable std::mutex mutex;
    std::map<CallerKey, std::size_t> held;  // guarded by mutex; no choice of keys degrades it
  };
  static constexpr std::size_t kStripes = 16;

  Place refuse(ShareRefusal why, ShareRefusal& told) noexcept;
  bool add(const CallerKey& key, std::size_t most);
  void subtract(const CallerKey& key) noexcept;
  void release(const Caller& caller) noexcept;
  std::size_t held_by(const CallerKey& key) const;
  Stripe& stripe_of(const CallerKey& key) noexcept;
  const Stripe& stripe_of(const CallerKey& key) const noexcept;

  std::string_view name_;  // a literal
  Limits limits_;
  // A line of its own: it changes with each request, what stands beside it never does.
  alignas(64) std::atomic<std::size_t> held_{0};
  alignas(64) std::array<std::atomic<std::uint64_t>, kShareRefusalNames.size()> refused_{};
  std::array<Stripe, kStripes> stripes_;
};

/// What a caller is told that holds its share of the pool `name`.
Error share_exceeded(std::string_view name);

}  // namespace vigie::domain
