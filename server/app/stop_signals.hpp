#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

namespace vigie::app {

/// SIGTERM and SIGINT as something to wait for. Made before any other thread, so that all of them
/// inherit the blocked signals. The first signal ends `wait`; a second one ends the process at
/// once.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  /// Returns after the first signal, with its number.
  int wait();

 private:
  void listen(const std::stop_token& stop);

  std::mutex mutex_;  // guards received_
  std::condition_variable arrived_;
  int received_ = 0;
  std::jthread listener_;
};

}  // namespace vigie::app
