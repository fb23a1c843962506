#pragma once

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "telemetry/attribute.hpp"
#include "telemetry/catalogue/log_event_type.hpp"
#include "telemetry/severity.hpp"
#include "telemetry/trace_context.hpp"

namespace vigie::telemetry {

class Clock;
class Ledger;
class Trace;

/// What ties a log line to its request. All may be empty. A parameter type: it views the id.
struct LogContext {
  TraceId trace_id;
  SpanId span_id;
  std::string_view correlation_id;
};

/// The context of the innermost open span; a null trace gives one with the correlation id alone.
LogContext context_of(const Trace* trace, std::string_view correlation_id) noexcept;

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

/// JSON log, one object a line. `write` copies the event into a bounded queue; a thread of its own
/// formats and writes. Thread-safe.
class Log {
 public:
  Log(LogOptions options, const Clock& clock, Ledger& ledger);
  /// Writes what is queued, for as long as the fd takes it.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  Severity level() const noexcept;
  void set_level(Severity level) noexcept;
  bool is_enabled(const LogEventType& type) const noexcept { return type.severity >= level(); }

  /// Never blocks. Fields that `type` does not declare are left out and counted, absent values are
  /// left out.
  void write(const LogEventType& type, const LogContext& context,
             std::initializer_list<Field> fields) noexcept {
    write(type, context, std::span<const Field>(fields.begin(), fields.size()));
  }
  void write(const LogEventType& type, const LogContext& context,
             std::span<const Field> fields) noexcept;

  /// Waits until all that was written before is on the fd. False when the time ran out.
  bool flush(std::chrono::milliseconds timeout) noexcept;

 private:
  class Writer;
  std::unique_ptr<Writer> writer_;
};

}  // namespace vigie::telemetry
