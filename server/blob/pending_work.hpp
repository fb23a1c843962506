#pragma once

#include <functional>
#include <memory>

#include "server/domain/result.hpp"
#include "server/net/waiting.hpp"

namespace vigie::blob {

/// One piece of work at a time on a pool, beside the fiber that goes on. Destroyed before the work
/// has ended, it leaves the work to itself: it owns, or shares, all it touches. Used on one fiber.
class PendingWork {
 public:
  using Work = std::function<domain::Result<void>()>;

  explicit PendingWork(net::CpuPool& pool) : pool_(pool) {}
  /// After the former work, whose failure is answered instead.
  domain::Result<void> start(const Work& work, net::TimePoint deadline);
  /// Waits for its end: what came of it. Success when there is none.
  domain::Result<void> finish(net::TimePoint deadline);

 private:
  struct State;

  net::CpuPool& pool_;
  std::shared_ptr<State> state_;  // shared with the fiber that waits for the pool
};

}  // namespace vigie::blob
