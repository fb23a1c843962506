#include "telemetry/otlp/logs_request.hpp"

#include <cstdint>

#include "telemetry/catalogue/attributes.hpp"

namespace vigie::telemetry {
namespace {

// Field numbers of opentelemetry-proto.
namespace log_record {
constexpr std::uint32_t kTime = 1;
constexpr std::uint32_t kSeverityNumber = 2;
constexpr std::uint32_t kSeverityText = 3;
constexpr std::uint32_t kBody = 5;
constexpr std::uint32_t kAttributes = 6;
constexpr std::uint32_t kTraceId = 9;
constexpr std::uint32_t kSpanId = 10;
constexpr std::uint32_t kObservedTime = 11;
constexpr std::uint32_t kEventName = 12;
}  // namespace log_record
namespace any_value {
constexpr std::uint32_t kString = 1;
}

// SeverityNumber: each severity has four grades, of which the first is used.
constexpr std::uint64_t severity_number(Severity severity) noexcept {
  return 5 + 4 * static_cast<std::uint64_t>(severity);
}
static_assert(severity_number(Severity::kDebug) == 5 && severity_number(Severity::kError) == 17);

}  // namespace

void LogsRequest::add(const LogRecord& record) {
  WireWriter& writer = request_.writer();
  const LogEventType& type = *record.type;
  const auto mark = writer.begin_message(OtlpRequest::kRecords);
  writer.fixed64(log_record::kTime, record.utc_ns);
  writer.fixed64(log_record::kObservedTime, record.utc_ns);
  writer.varint(log_record::kSeverityNumber, severity_number(type.severity));
  writer.bytes(log_record::kSeverityText, severity_text(type.severity));
  writer.message_of(log_record::kBody,
                    1 + WireWriter::varint_size(type.message.size()) + type.message.size());
  writer.bytes(any_value::kString, type.message);
  record.for_each_attribute([&writer](const AttributeRecord& attribute) {
    add_otlp_attribute(writer, log_record::kAttributes, attribute);
  });
  if (record.correlation_id_size > 0) {
    with_valid_utf8(record.correlation_id(), [&writer](std::string_view id) {
      add_otlp_text(writer, log_record::kAttributes, attributes::kCorrelationId.name, id);
    });
  }
  if (record.trace_id.is_valid()) {
    writer.bytes(log_record::kTraceId, record.trace_id.bytes.data(), record.trace_id.bytes.size());
  }
  if (record.span_id.is_valid()) {
    writer.bytes(log_record::kSpanId, record.span_id.bytes.data(), record.span_id.bytes.size());
  }
  writer.bytes(log_record::kEventName, type.name);
  writer.end_message(mark);
}

}  // namespace vigie::telemetry
