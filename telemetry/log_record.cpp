#include "telemetry/log_record.hpp"

#include <array>
#include <cstring>
#include <ctime>
#include <new>

#include "telemetry/attribute_json.hpp"
#include "telemetry/correlation_id.hpp"
#include "telemetry/trace.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::size_t kTimestampBytes = std::string_view("2030-01-01T00:00:00.000000Z").size();

template <std::size_t N>
void append_id(std::string_view name, const Identifier<N>& id, JsonWriter& out) {
  if (!id.is_valid()) return;
  std::array<char, 2 * N> hex;
  id.write_hex(hex.data());
  out.plain_key(name).plain_value({hex.data(), hex.size()});
}

std::string_view bounded(std::string_view correlation_id) noexcept {
  return correlation_id.substr(0, kCorrelationIdBytesMax);
}

AttributeRecord* write_field(std::byte* place, const Field& field, LogCuts& cuts) noexcept {
  if (field.value.kind() != AttributeKind::kString) {
    return write_bits(place, field.key, field.value.kind(), field.value.bits());
  }
  const std::string_view text = cut(field.value.text());
  if (text.size() < field.value.text().size()) ++cuts.too_long_count;
  return write_text(place, field.key, text);
}

}  // namespace

LogContext context_of(const Trace* trace, std::string_view correlation_id) noexcept {
  if (trace == nullptr) return {{}, {}, correlation_id};
  return {trace->trace_id(), trace->span_id(), correlation_id};
}

std::size_t log_record_bytes(const LogContext& context, std::span<const Field> fields) noexcept {
  std::size_t bytes = sizeof(LogRecord) + aligned(bounded(context.correlation_id).size());
  for (const Field& field : fields) bytes += record_bytes(field.value);
  return bytes;
}

std::size_t write_log_record(std::byte* place, const LogRecord& head,
                             std::string_view correlation_id, std::span<const Field> fields,
                             LogCuts& cuts) noexcept {
  correlation_id = bounded(correlation_id);
  auto* record = new (place) LogRecord(head);
  record->correlation_id_size = static_cast<std::uint8_t>(correlation_id.size());
  std::memcpy(record + 1, correlation_id.data(), correlation_id.size());
  std::byte* end = reinterpret_cast<std::byte*>(record + 1) + aligned(correlation_id.size());
  std::uint32_t seen = 0;
  for (const Field& field : fields) {
    if (field.value.kind() == AttributeKind::kNone) continue;
    const std::size_t index = head.type->attributes.index_of(field.key);
    if (index == AttributeList::kSizeMax || (seen >> index & 1) != 0) {
      ++cuts.undeclared_count;
      continue;
    }
    seen |= 1U << index;
    end += write_field(end, field, cuts)->bytes();
    ++record->attribute_count;
  }
  return static_cast<std::size_t>(end - place);
}

LogFormatter::LogFormatter(std::string_view service_name, std::string_view service_version) {
  JsonWriter members;
  members.member("service.name", service_name).member("service.version", service_version);
  service_ = members.view();
}

// RFC 3339 with microseconds.
void LogFormatter::append_timestamp(std::uint64_t utc_ns, JsonWriter& out) {
  const std::uint64_t second = utc_ns / 1'000'000'000U;
  if (second != timestamp_second_ || timestamp_.empty()) {
    const auto time = static_cast<std::time_t>(second);
    std::tm parts{};
    gmtime_r(&time, &parts);
    timestamp_.resize(kTimestampBytes + 1);
    std::strftime(timestamp_.data(), timestamp_.size(), "%Y-%m-%dT%H:%M:%S.000000Z", &parts);
    timestamp_.resize(kTimestampBytes);
    timestamp_second_ = second;
  }
  std::uint64_t microseconds = utc_ns / 1'000U % 1'000'000U;
  for (std::size_t i = timestamp_.size() - 2; microseconds != 0 || timestamp_[i] != '.'; --i) {
    timestamp_[i] = static_cast<char>('0' + microseconds % 10);
    microseconds /= 10;
  }
  out.plain_key("timestamp").plain_value(timestamp_);
}

void LogFormatter::append_line(const LogRecord& record, JsonWriter& out) {
  out.begin_object();
  append_timestamp(record.utc_ns, out);
  out.plain_key("severity_text").plain_value(severity_text(record.type->severity));
  out.plain_key("event").plain_value(record.type->name);
  out.plain_key("message").plain_value(record.type->message);
  append_id("trace_id", record.trace_id, out);
  append_id("span_id", record.span_id, out);
  if (record.correlation_id_size > 0) {
    out.plain_key("correlation_id").value(record.correlation_id());
  }
  out.raw(service_);
  record.for_each_attribute(
      [&out](const AttributeRecord& attribute) { write_attribute(attribute, out); });
  out.end_object().end_line();
}

}  // namespace vigie::telemetry
