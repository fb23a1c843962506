#include "server/app/periodic.hpp"

#include <exception>
#include <utility>

namespace vigie::app {
namespace {

struct Periodic {
  net::EventLoop& loop;
  std::chrono::milliseconds interval;
  std::function<void()> task;
  std::function<void(const char*)> failed;
};

// The task is shared by the loop's callbacks: the timer that starts the next run owns it in
// between.
using Shared = std::shared_ptr<const Periodic>;

void run_once(const Periodic& periodic) {
  try {
    periodic.task();
  } catch (const std::exception& error) {
    periodic.failed(error.what());
  }
}

void schedule(const Shared& periodic, std::chrono::milliseconds delay) {
  periodic->loop.call_at(std::chrono::steady_clock::now() + delay, [periodic] {
    const bool is_started = periodic->loop.spawn([periodic] {
      run_once(*periodic);
      schedule(periodic, periodic->interval);
    });
    // No fiber is free: the reactor is full of requests. This run is left out.
    if (!is_started) schedule(periodic, periodic->interval);
  });
}

}  // namespace

void run_periodically(net::EventLoop& loop, std::chrono::milliseconds interval,
                      std::function<void()> task, std::function<void(const char*)> failed) {
  const Shared periodic = std::make_shared<const Periodic>(
      Periodic{loop, interval, std::move(task), std::move(failed)});
  loop.post([periodic] { schedule(periodic, std::chrono::milliseconds(0)); });
}

}  // namespace vigie::app
