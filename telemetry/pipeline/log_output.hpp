#pragma once

#include <chrono>

namespace vigie::telemetry {

struct LogRecord;

/// Port: where log records go. Used by the log's thread, but for flush() and give_up(). It moves
/// the records in the ledger, where they are queued.
class LogOutput {
 public:
  virtual ~LogOutput() = default;
  virtual void add(const LogRecord& record) = 0;
  /// Called now and then: passes on what was added. False when it still gathers; not when hurried.
  virtual bool pass_on(bool is_hurried) = 0;
  /// Waits until what was passed on has been dealt with. False when the time ran out.
  virtual bool flush(std::chrono::milliseconds timeout) = 0;
  /// The time is up: nothing waits from now on.
  virtual void give_up() noexcept = 0;
};

}  // namespace vigie::telemetry
