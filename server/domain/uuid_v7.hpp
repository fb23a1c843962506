#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <span>

#include "server/domain/clock.hpp"
#include "server/domain/id_source.hpp"

namespace vigie::domain {

/// UUIDv7 (RFC 9562): milliseconds of the clock, then random bits. Within one source the values
/// grow strictly, also when the clock stands still or goes back: the 12 bits after the time then
/// count, and carry into the time (section 6.2, method 1).
class UuidV7Source : public IdSource {
 public:
  /// Fills the span with bytes nobody can guess. Thread-safe.
  using RandomBytes = std::function<void(std::span<std::uint8_t>)>;

  UuidV7Source(const Clock& clock, RandomBytes random);
  Uuid next() override;

 private:
  const Clock& clock_;
  RandomBytes random_;
  std::mutex mutex_;
  std::uint64_t last_ = 0;  // guarded by mutex_: 48 bits of time, 12 bits of counter
};

}  // namespace vigie::domain
