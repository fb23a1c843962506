#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/log_record.hpp"
#include "telemetry/recorder/line_kinds.hpp"
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
  /// Nanoseconds since 1970; 0: from the oldest on.
  std::uint64_t since_ns = 0;
  /// Empty: any.
  std::string event;
  /// The value of http.route; empty: any.
  std::string route;
  std::size_t limit = 100;
  /// Of the lines of one kind (see LineKind) the last one only, with how many there were.
  bool is_collapsed = false;
};

/// A kind of lines for a person.
struct KindSummary {
  std::string event;
  Severity severity = Severity::kInfo;
  std::string detail;
  std::uint64_t count = 0;
  std::uint64_t first_ns = 0;
  std::uint64_t last_ns = 0;
  /// The last line as JSON; empty when it was too long to be held.
  std::string example;
};

/// The last log events in memory, for on-call. They are held as records: a copy is all that the
/// log's thread spends, whatever it does with its lines. An eighth of the memory is for the rare
/// ones, so that neither requests nor a burst of one failure drives out the rest. Thread-safe; the
/// log's thread may wait for a reader, who holds the lock for some milliseconds at most.
class LogRecorder {
 public:
  LogRecorder(std::size_t bytes_max, std::string_view service_name,
              std::string_view service_version);
  LogRecorder(const LogRecorder&) = delete;
  LogRecorder& operator=(const LogRecorder&) = delete;

  void add(const LogRecord& record) noexcept;

  /// The last lines that match, as JSON without a line feed, the oldest first. A collapsed one has
  /// the members "repeated_count" and "first_timestamp" when it stands for several.
  std::vector<std::string> find(const LogFilter& filter) const;

  /// The kinds of lines of that severity and worse ones, the last seen first.
  std::vector<KindSummary> kinds(Severity least, std::size_t limit) const;

  std::size_t bytes() const;
  std::size_t bytes_max() const noexcept { return ring_.capacity() + rare_.capacity(); }
  std::size_t count() const;

 private:
  std::vector<const LogRecord*> matching(const LogFilter& filter) const;
  std::string line_of(const LogRecord& record, LogFormatter& formatter, const LineKind* kind) const;

  LogFormatter formatter_;
  /// Guards the members below.
  mutable std::mutex mutex_;
  RecordRing ring_;
  RecordRing rare_;
  LineKinds kinds_;
};

}  // namespace vigie::telemetry
