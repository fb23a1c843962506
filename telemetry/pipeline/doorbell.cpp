#include "telemetry/pipeline/doorbell.hpp"

#include <cerrno>
#include <ctime>

namespace vigie::telemetry {

// The exchange, rather than a store, makes what was written before any ring visible here, also that
// of a ringer who found the bell rung already.
void Doorbell::wait() noexcept {
  while (sem_wait(&semaphore_) != 0 && errno == EINTR) {
  }
  is_rung_.exchange(false);
}

void Doorbell::wait_for(std::chrono::nanoseconds timeout) noexcept {
  timespec until{};
  clock_gettime(CLOCK_MONOTONIC, &until);
  const auto at = std::chrono::nanoseconds(until.tv_nsec) + timeout;
  until.tv_sec += at / std::chrono::seconds(1);
  until.tv_nsec = (at % std::chrono::seconds(1)).count();
  int result = 0;
  do {
    result = sem_clockwait(&semaphore_, CLOCK_MONOTONIC, &until);
  } while (result != 0 && errno == EINTR);
  if (result == 0) is_rung_.exchange(false);
}

}  // namespace vigie::telemetry
