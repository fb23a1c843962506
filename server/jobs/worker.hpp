#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/domain/job_store.hpp"
#include "server/jobs/backoff.hpp"
#include "server/jobs/handlers.hpp"
#include "server/jobs/instruments.hpp"
#include "server/net/waiting.hpp"

namespace vigie::jobs {

struct LaneOptions {
  domain::JobLane lane = domain::JobLane::kHigh;
  /// Jobs at once. 0: the lane is left to other processes.
  std::size_t concurrency = 1;
};

struct WorkerOptions {
  /// Who it is, for operators: host and process id.
  std::string name;
  std::vector<LaneOptions> lanes;
  /// How often it looks without having been told: for what has come due, and what was lost.
  std::chrono::milliseconds poll_interval{1'000};
  Backoff backoff;
};

/// Runs jobs on fibers of the process's loops, a bounded number of each lane at a time. Claims when
/// it is woken, when a place comes free and more may wait, and at each poll; keeps the leases of
/// what runs; gives back what does not end in time when it stops.
class Worker {
 public:
  struct Parts {
    std::vector<std::reference_wrapper<net::EventLoop>> loops;
    domain::JobStore& store;
    const Handlers& handlers;
    Instruments instruments;
  };

  /// All parts outlive the worker, and what it has given back when it stopped: that runs on until
  /// it ends or the loops stop. Nothing runs before `start`.
  Worker(const Parts& parts, WorkerOptions options);
  /// Pre: stopped, or never started, or the loops have stopped.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  /// There may be something to do. Thread-safe.
  void wake(domain::JobLane lane);
  void wake_all();
  /// Takes nothing more, waits for what runs until `deadline`, then gives the rest back. True when
  /// nothing was left. Called once, on no loop.
  bool stop(net::TimePoint deadline);

  /// Of all lanes. Thread-safe.
  std::size_t running() const noexcept;

 private:
  class State;
  /// Shared with what is on its way between the loops.
  std::shared_ptr<State> state_;
};

}  // namespace vigie::jobs
