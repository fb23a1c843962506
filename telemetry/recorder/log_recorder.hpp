#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/log_record.hpp"
#include "telemetry/recorder/record_ring.hpp"
#include "telemetry/severity.hpp"
#include "telemetry/trace_context.hpp"

namespace vigie::telemetry {

/// Which log lines are looked for.
struct LogFilter {
  /// This one and more severe ones.
  Severity level = Severity::kDebug;
  /// Empty: any.
  std::string correlation_id;
  /// Not valid: any.
  TraceId trace_id;
  std::size_t limit = 100;
};

/// The last log events in memory, for on-call. They are held as records: a copy is all that the
/// log's thread spends, whatever it does with its lines. Thread-safe; the log's thread may wait for
/// a reader, who holds the lock for some milliseconds at most.
class LogRecorder {
 public:
  LogRecorder(std::size_t bytes_max, std::string_view service_name,
              std::string_view service_version);
  LogRecorder(const LogRecorder&) = delete;
  LogRecorder& operator=(const LogRecorder&) = delete;

  void add(const LogRecord& record) noexcept;

  /// The last lines that match, as JSON without a line feed, the oldest first.
  std::vector<std::string> find(const LogFilter& filter) const;

  std::size_t bytes() const;
  std::size_t bytes_max() const noexcept { return ring_.capacity(); }
  std::size_t count() const;

 private:
  LogFormatter formatter_;
  /// Guards `ring_`.
  mutable std::mutex mutex_;
  RecordRing ring_;
};

}  // namespace vigie::telemetry
