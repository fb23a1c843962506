#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/job_queue.hpp"

namespace vigie::jobs {

/// Who does the jobs of a kind, and for how long at most.
struct HandlerEntry {
  std::string kind;
  domain::JobHandler& handler;
  /// The deadline of one run.
  std::chrono::milliseconds run_time_max;
  /// It may last longer than any stop waits for: given back as soon as the worker is told to stop.
  bool is_long = false;
};

/// The kinds that this process can do. Filled at start-up, read by all threads afterwards.
class Handlers {
 public:
  /// `handler` outlives the table. A kind has one handler.
  void add(std::string_view kind, domain::JobHandler& handler,
           std::chrono::milliseconds run_time_max, bool is_long = false);
  /// Null for unknown kinds. Valid until the next `add`.
  const HandlerEntry* find(std::string_view kind) const;
  const std::vector<std::string>& kinds() const noexcept { return kinds_; }

 private:
  std::vector<HandlerEntry> entries_;
  std::vector<std::string> kinds_;
};

}  // namespace vigie::jobs
