#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

#include "server/domain/context.hpp"
#include "server/domain/result.hpp"

namespace vigie::fakes {

/// Lets a test make a fake port fail: while set, every call returns that error. Thread-safe.
class FaultSwitch {
 public:
  void fail_with(domain::Error error) {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }
  void heal() {
    const std::lock_guard lock(mutex_);
    error_.reset();
  }

 protected:
  /// What the call must fail with: the error of the test, or that the deadline has passed.
  std::optional<domain::Error> fault(const domain::Context& context) const {
    const std::lock_guard lock(mutex_);
    if (error_) return error_;
    if (context.deadline <= std::chrono::steady_clock::now()) {
      return domain::Error{.code = domain::Code::kDeadlineExceeded,
                           .message = "The deadline has passed."};
    }
    return std::nullopt;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<domain::Error> error_;  // guarded by mutex_
};

}  // namespace vigie::fakes
