#pragma once

#include <chrono>

namespace vigie::domain {

/// UTC with the precision of PostgreSQL's timestamptz, so that what is stored is what was answered.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// Port: the only source of the current time in domain/ and of everything that records time.
/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
};

}  // namespace vigie::domain
