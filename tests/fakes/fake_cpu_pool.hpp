#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "server/net/waiting.hpp"

namespace vigie::fakes {

/// Runs work at once on the calling thread, or, when told to, refuses it or keeps it for later as a
/// pool does whose caller left at its deadline. Thread-safe.
class FakeCpuPool : public net::CpuPool {
 public:
  Load load() const override { return {.threads = 1, .queue_capacity = 1}; }

  /// What the next calls meet.
  void answer_with(Outcome outcome) {
    const std::lock_guard lock(mutex_);
    outcome_ = outcome;
  }
  /// Runs what callers left behind.
  void run_kept() {
    std::vector<std::function<void()>> kept;
    {
      const std::lock_guard lock(mutex_);
      kept.swap(kept_);
    }
    for (const auto& work : kept) work();
  }

 private:
  Outcome run_for(const domain::Caller& /*caller*/, std::function<void()> work,
                  net::TimePoint /*deadline*/) override {
    Outcome outcome;
    {
      const std::lock_guard lock(mutex_);
      outcome = outcome_;
      if (outcome == Outcome::kTimedOut) kept_.push_back(std::move(work));
    }
    if (outcome == Outcome::kDone) work();
    return outcome;
  }

  std::mutex mutex_;
  Outcome outcome_ = Outcome::kDone;         // guarded by mutex_
  std::vector<std::function<void()>> kept_;  // guarded by mutex_
};

}  // namespace vigie::fakes
