#include "server/app/stop_signals.hpp"

#include <unistd.h>

#include <csignal>
#include <ctime>

namespace vigie::app {
namespace {

sigset_t stop_set() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t set = stop_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A client that goes while it is being answered must not end the process.
  signal(SIGPIPE, SIG_IGN);
  listener_ = std::jthread([this](const std::stop_token& stop) { listen(stop); });
}

StopSignals::~StopSignals() {
  listener_.request_stop();
  listener_.join();
}

void StopSignals::listen(const std::stop_token& stop) {
  const sigset_t set = stop_set();
  const timespec poll{0, 100'000'000};
  while (!stop.stop_requested()) {
    const int number = sigtimedwait(&set, nullptr, &poll);
    if (number <= 0) continue;
    const std::lock_guard lock(mutex_);
    // The operator has lost patience with the drain: nothing is flushed, as asked.
    if (received_ != 0) _exit(128 + number);
    received_ = number;
    arrived_.notify_all();
  }
}

int StopSignals::wait() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return received_ != 0; });
  return received_;
}

}  // namespace vigie::app
