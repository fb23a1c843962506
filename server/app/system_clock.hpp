#pragma once

#include <chrono>

#include "server/domain/clock.hpp"

namespace vigie::app {

/// The wall clock of the machine, in UTC.
class SystemClock final : public domain::Clock {
 public:
  domain::Timestamp now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
  }
};

}  // namespace vigie::app
