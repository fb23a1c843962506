#pragma once

#include <semaphore.h>

#include <atomic>
#include <chrono>

namespace vigie::telemetry {

/// Wakes one sleeping thread. Rings before it waits are not lost, and count as one.
class Doorbell {
 public:
  Doorbell() noexcept { sem_init(&semaphore_, 0, 0); }
  ~Doorbell() { sem_destroy(&semaphore_); }
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  /// Thread-safe; takes no lock.
  void ring() noexcept {
    if (!is_rung_.exchange(true)) sem_post(&semaphore_);
  }
  void wait() noexcept;
  /// Returns early when rung.
  void wait_for(std::chrono::nanoseconds timeout) noexcept;

 private:
  sem_t semaphore_;
  std::atomic<bool> is_rung_{false};
};

}  // namespace vigie::telemetry
