#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/clock.hpp"
#include "server/domain/context.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

/// How often a task is to be done. Its name is a literal.
struct TaskInterval {
  std::string_view task;
  std::chrono::milliseconds interval{};
};

struct TaskSuccess {
  std::string task;
  Timestamp at{};
};

/// Port: what the scheduler has to remember over restarts. The store's clock counts. Thread-safe.
class TaskStore {
 public:
  virtual ~TaskStore() = default;
  /// The tasks whose interval has passed since they were last taken, or that never were. They are
  /// taken now: of two simultaneous calls one gets a task. Takes part in the context's unit of
  /// work.
  virtual Result<std::vector<std::string>> take_due(const Context&,
                                                    std::span<const TaskInterval>) = 0;
  /// Of those that ever succeeded.
  virtual Result<std::vector<TaskSuccess>> last_successes(const Context&) = 0;
};

}  // namespace vigie::domain
