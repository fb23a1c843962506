#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/net/waiting.hpp"

namespace vigie::net {

struct RuntimeOptions {
  std::size_t reactor_count = 1;
  /// A fiber is a request being served, or a background task. Each holds a stack, and its guard
  /// page makes it two of the process's memory mappings (vm.max_map_count: 65,530).
  std::size_t fibers_max_per_reactor = 4096;
  std::size_t fiber_stack_bytes = std::size_t{64} * 1024;
  /// Name of the threads, at most 12 characters; the index is appended.
  std::string name = "reactor";
};

class Reactor;

/// The reactor threads. Starts them when made; signals are blocked on them. Thread-safe.
class Runtime {
 public:
  explicit Runtime(RuntimeOptions options);
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  /// Stops.
  ~Runtime();

  EventLoop& loop(std::size_t index);
  std::size_t size() const noexcept { return reactors_.size(); }
  /// Ends all waits with kTimedOut, lets the fibers finish for a few seconds, joins the threads.
  /// What is still parked then is abandoned with its stack. Idempotent; not for reactor threads.
  void stop();

  /// Exceptions that left a task, a callback or a fiber and were caught by the loops.
  std::uint64_t uncaught_exceptions() const noexcept;
  /// Fibers that exist with a body to run, over all reactors.
  std::size_t fibers_running() const noexcept;
  /// Fibers that are kept for the next body, over all reactors.
  std::size_t fibers_pooled() const noexcept;

  /// For the rest of server/net.
  Reactor& reactor(std::size_t index) { return *reactors_.at(index); }

 private:
  std::vector<std::unique_ptr<Reactor>> reactors_;
};

/// Runs `body` on a fiber of that loop and blocks the calling thread, which must not be a reactor,
/// until it is done. Rethrows what `body` throws. Throws std::runtime_error when no fiber could be
/// started.
void run_on_fiber(Runtime& runtime, std::size_t loop_index, std::function<void()> body);

}  // namespace vigie::net
