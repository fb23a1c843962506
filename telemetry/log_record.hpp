#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "telemetry/attribute_record.hpp"
#include "telemetry/catalogue/log_event_type.hpp"
#include "telemetry/json_writer.hpp"
#include "telemetry/log_context.hpp"

namespace vigie::telemetry {

/// A log event as it lies in a queue: the correlation id follows it, then its attributes.
struct LogRecord {
  const LogEventType* type;
  std::uint64_t utc_ns;
  TraceId trace_id;
  SpanId span_id;
  std::uint8_t correlation_id_size = 0;
  std::uint8_t attribute_count = 0;

  std::string_view correlation_id() const noexcept {
    return {reinterpret_cast<const char*>(this + 1), correlation_id_size};
  }
  /// With what follows it.
  std::size_t bytes() const noexcept {
    std::size_t total = sizeof(LogRecord) + aligned(correlation_id_size);
    for_each_attribute([&total](const AttributeRecord& attribute) { total += attribute.bytes(); });
    return total;
  }
  /// Calls visit(attribute) for each.
  template <typename Visit>
  void for_each_attribute(const Visit& visit) const {
    const std::byte* place =
        reinterpret_cast<const std::byte*>(this + 1) + aligned(correlation_id_size);
    for (std::size_t i = 0; i < attribute_count; ++i) {
      const auto& attribute = *reinterpret_cast<const AttributeRecord*>(place);
      visit(attribute);
      place += attribute.bytes();
    }
  }
};

/// What an event left out because its type does not allow it.
struct LogCuts {
  std::uint32_t undeclared_count = 0;
  std::uint32_t too_long_count = 0;
};

/// Room that write_log_record needs at most.
std::size_t log_record_bytes(const LogContext& context, std::span<const Field> fields) noexcept;

/// Copies an event: the fields that pass its allow-list, cut to size. Returns the bytes it took.
/// Pre: `place` is aligned and has log_record_bytes().
std::size_t write_log_record(std::byte* place, const LogRecord& head,
                             std::string_view correlation_id, std::span<const Field> fields,
                             LogCuts& cuts) noexcept;

/// Turns records into JSON lines.
class LogFormatter {
 public:
  LogFormatter(std::string_view service_name, std::string_view service_version);

  void append_line(const LogRecord& record, JsonWriter& out);

 private:
  void append_timestamp(std::uint64_t utc_ns, JsonWriter& out);

  /// The members that are the same in every line.
  std::string service_;
  /// "YYYY-MM-DDTHH:MM:SS.ffffffZ"; renewed as a whole only when the second changes.
  std::string timestamp_;
  std::uint64_t timestamp_second_ = 0;
};

}  // namespace vigie::telemetry
