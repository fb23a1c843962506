#pragma once

#include <functional>
#include <utility>

namespace vigie::jobs {

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
