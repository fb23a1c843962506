#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "server/net/timers.hpp"
#include "server/net/waiting.hpp"

namespace vigie::net {

class FiberPool;

/// A stack of its own on which one body after another runs. Stays on the thread that made it.
class Fiber {
 public:
  Fiber(FiberPool& pool, std::size_t stack_bytes);
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber();

  /// The fiber that runs on this thread; null on the reactor's own stack.
  static Fiber* current() noexcept;

  /// Runs the fiber until it suspends or its body returns.
  void resume();
  /// Called on the fiber: goes back to whoever resumed it.
  void suspend();

  /// Ends the wait that the fiber is in; owned here so that a wait allocates nothing.
  Timer& wait_timer() noexcept { return wait_timer_; }
  /// True while it stands in the reactor's queue of fibers to resume.
  bool is_queued = false;
  /// How many ScarceHold its body has.
  int scarce_holds = 0;

 private:
  friend class FiberPool;
  struct Switch;  // Boost.Context's and the sanitizers' part

  void run_bodies();

  FiberPool& pool_;
  Timer wait_timer_;
  EventLoop::Task body_;
  bool must_end_ = false;
  std::size_t slot_ = 0;  // in the pool's running ones
  std::unique_ptr<Switch> switch_;
};

/// The fibers of one reactor. Ended ones are kept for the next body, stack and all: a guarded stack
/// costs two system calls to make.
class FiberPool {
 public:
  FiberPool(std::size_t fibers_max, std::size_t stack_bytes, std::function<void(Fiber&)> make_ready,
            std::function<void()> body_threw);
  FiberPool(const FiberPool&) = delete;
  FiberPool& operator=(const FiberPool&) = delete;
  ~FiberPool();

  /// Runs `body` on a fiber until its first wait. False when fibers_max bodies run already.
  bool start(EventLoop::Task body);
  std::size_t running() const noexcept { return running_.size(); }
  std::size_t pooled() const noexcept { return idle_.size(); }
  /// Makes every fiber ready, as if its wait had timed out.
  void wake_all();
  /// For a thread that ends: gives up the fibers that still run, whose stacks are never unwound.
  void end();

 private:
  friend class Fiber;
  void body_ended(Fiber& fiber);

  const std::size_t fibers_max_;
  const std::size_t stack_bytes_;
  std::function<void(Fiber&)> make_ready_;
  std::function<void()> body_threw_;
  std::vector<std::unique_ptr<Fiber>> idle_;
  std::vector<std::unique_ptr<Fiber>> running_;
};

}  // namespace vigie::net
