#pragma once

#include <atomic>

#include "server/domain/clock.hpp"

namespace vigie::fakes {

/// A clock that stands still until it is moved. Thread-safe.
class FakeClock : public domain::Clock {
 public:
  /// 2030-01-01T00:00:00Z, unless told otherwise.
  static constexpr domain::Timestamp kDefaultStart{
      std::chrono::sys_days{std::chrono::year{2030} / std::chrono::January / 1}};

  explicit FakeClock(domain::Timestamp start = kDefaultStart) : now_(start) {}

  domain::Timestamp now() const override { return now_.load(); }
  void set(domain::Timestamp now) { now_.store(now); }
  void advance(std::chrono::microseconds by) { now_.store(now_.load() + by); }

 private:
  std::atomic<domain::Timestamp> now_;
};

}  // namespace vigie::fakes
