#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "telemetry/attribute.hpp"
#include "telemetry/catalogue/log_event_type.hpp"
#include "telemetry/log_context.hpp"
#include "telemetry/severity.hpp"

namespace vigie::telemetry {

class Clock;
class Ledger;
class LogOutput;
class LogWriter;

struct LogOptions {
  std::string service_name;
  std::string service_version;
  Severity level = Severity::kInfo;
  /// Lines go here; not closed. Standard output by default.
  int fd = 1;
  /// What the writer has not yet taken, per shard of threads; over it lines are dropped and
  /// counted.
  std::size_t queue_bytes_max = std::size_t{1} << 20;
};

/// JSON log, one object a line, unless it has another output. `write` copies the event into a
/// bounded queue; a thread of its own formats and writes. Thread-safe.
class Log {
 public:
  Log(const LogOptions& options, const Clock& clock, Ledger& ledger);
  /// With another output than lines on an fd.
  Log(const LogOptions& options, const Clock& clock, Ledger& ledger,
      std::unique_ptr<LogOutput> output);
  /// Stops within a second.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  Severity level() const noexcept { return level_.load(std::memory_order_relaxed); }
  void set_level(Severity level) noexcept { level_.store(level, std::memory_order_relaxed); }
  bool is_enabled(const LogEventType& type) const noexcept { return type.severity >= level(); }

  /// Never blocks. Fields that `type` does not declare are left out and counted, absent values are
  /// left out.
  void write(const LogEventType& type, const LogContext& context,
             std::initializer_list<Field> fields) noexcept {
    write(type, context, std::span<const Field>(fields.begin(), fields.size()));
  }
  void write(const LogEventType& type, const LogContext& context,
             std::span<const Field> fields) noexcept;

  /// Waits until all that was written before has left. False when the time ran out.
  bool flush(std::chrono::milliseconds timeout);
  /// Flushes, drops what is left, and stops the writer: later lines are dropped.
  void stop(std::chrono::milliseconds timeout);

 private:
  const Clock& clock_;
  Ledger& ledger_;
  std::atomic<Severity> level_;
  std::unique_ptr<LogWriter> writer_;
};

}  // namespace vigie::telemetry
