#pragma once

#include <functional>
#include <utility>

#include "server/net/waiting.hpp"

namespace vigie::jobs {

/// Calls `close` on the loop and waits until it calls the function it is given, which says that
/// nothing is at work any more. True then, and when the loop has stopped; false when `deadline`
/// came first. On no reactor.
bool close_on(net::EventLoop& loop, std::function<void(std::function<void()> idle)> close,
              net::TimePoint deadline);

/// What is at work on a loop, so that closing can wait for it. Used on that loop.
class AtWork {
 public:
  void run(const std::function<void()>& body) {
    is_running_ = true;
    body();
    is_running_ = false;
    if (idle_) idle_();
  }
  /// `idle` is called once nothing runs.
  void close(std::function<void()> idle) {
    if (!is_running_) return idle();
    idle_ = std::move(idle);
  }

 private:
  bool is_running_ = false;
  std::function<void()> idle_;
};

}  // namespace vigie::jobs
