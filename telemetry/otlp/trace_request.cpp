#include "telemetry/otlp/trace_request.hpp"

#include <optional>

#include "telemetry/utf8.hpp"

namespace vigie::telemetry {
namespace {

// Field numbers of opentelemetry-proto.
namespace request {
constexpr std::uint32_t kResourceSpans = 1;
}
namespace resource_spans {
constexpr std::uint32_t kResource = 1;
constexpr std::uint32_t kScopeSpans = 2;
}  // namespace resource_spans
namespace resource {
constexpr std::uint32_t kAttributes = 1;
}
namespace scope_spans {
constexpr std::uint32_t kScope = 1;
constexpr std::uint32_t kSpans = 2;
}  // namespace scope_spans
namespace scope {
constexpr std::uint32_t kName = 1;
constexpr std::uint32_t kVersion = 2;
}  // namespace scope
namespace span {
constexpr std::uint32_t kTraceId = 1;
constexpr std::uint32_t kSpanId = 2;
constexpr std::uint32_t kTraceState = 3;
constexpr std::uint32_t kParentSpanId = 4;
constexpr std::uint32_t kName = 5;
constexpr std::uint32_t kKind = 6;
constexpr std::uint32_t kStartTime = 7;
constexpr std::uint32_t kEndTime = 8;
constexpr std::uint32_t kAttributes = 9;
constexpr std::uint32_t kDroppedAttributesCount = 10;
constexpr std::uint32_t kEvents = 11;
constexpr std::uint32_t kDroppedEventsCount = 12;
constexpr std::uint32_t kLinks = 13;
constexpr std::uint32_t kDroppedLinksCount = 14;
constexpr std::uint32_t kStatus = 15;
constexpr std::uint32_t kFlags = 16;
}  // namespace span
namespace event {
constexpr std::uint32_t kTime = 1;
constexpr std::uint32_t kName = 2;
constexpr std::uint32_t kAttributes = 3;
constexpr std::uint32_t kDroppedAttributesCount = 4;
}  // namespace event
namespace link {
constexpr std::uint32_t kTraceId = 1;
constexpr std::uint32_t kSpanId = 2;
}  // namespace link
namespace status {
constexpr std::uint32_t kMessage = 2;
constexpr std::uint32_t kCode = 3;
constexpr std::uint64_t kError = 2;
}  // namespace status
namespace key_value {
constexpr std::uint32_t kKey = 1;
constexpr std::uint32_t kValue = 2;
}  // namespace key_value
namespace any_value {
constexpr std::uint32_t kString = 1;
constexpr std::uint32_t kBool = 2;
constexpr std::uint32_t kInteger = 3;
constexpr std::uint32_t kDouble = 4;
}  // namespace any_value

// Span flags say whether the parent is remote (trace.proto, SpanFlags).
constexpr std::uint32_t kHasIsRemoteFlag = 0x100;
constexpr std::uint32_t kIsRemoteFlag = 0x200;

// All field numbers below 16 take a tag of one byte.
std::size_t length_delimited_size(std::size_t bytes) noexcept {
  return 1 + WireWriter::varint_size(bytes) + bytes;
}

// Begins KeyValue up to and with the tag of its value.
void begin_key_value(WireWriter& writer, std::uint32_t field, std::string_view key,
                     std::size_t value_bytes) {
  writer.message_of(field, length_delimited_size(key.size()) + length_delimited_size(value_bytes));
  writer.bytes(key_value::kKey, key);
  writer.message_of(key_value::kValue, value_bytes);
}

void add_text(WireWriter& writer, std::uint32_t field, std::string_view key,
              std::string_view text) {
  begin_key_value(writer, field, key, length_delimited_size(text.size()));
  writer.bytes(any_value::kString, text);
}

// Calls use(text) with the text, repaired if need be.
template <typename Use>
void with_valid_utf8(std::string_view text, const Use& use) {
  if (is_valid_utf8(text)) [[likely]] {
    use(text);
  } else {
    use(std::string_view(replace_invalid_utf8(text)));
  }
}

std::optional<std::uint64_t> take_varint(std::string_view& in) noexcept {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(in[0]);
    in.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

// The bytes or the varint of one field, at the front of `in`.
struct WireField {
  std::uint64_t number = 0;
  std::uint64_t value = 0;
  std::string_view bytes;
};

std::optional<WireField> take_field(std::string_view& in) noexcept {
  const auto tag = take_varint(in);
  const auto value = tag ? take_varint(in) : std::nullopt;
  if (!value) return std::nullopt;
  WireField field{*tag >> 3, *value, {}};
  const std::uint64_t wire_type = *tag & 7;
  if (wire_type == 0) return field;
  if (wire_type != 2 || *value > in.size()) return std::nullopt;
  field.bytes = in.substr(0, *value);
  in.remove_prefix(*value);
  return field;
}

}  // namespace

TraceRequest::TraceRequest(const OtlpResource& resource) {
  WireWriter writer;
  for (const auto& [key, value] : resource.attributes) {
    add_text(writer, resource::kAttributes, replace_invalid_utf8(key), replace_invalid_utf8(value));
  }
  encoded_resource_ = writer.view();
  writer.clear();
  writer.bytes(scope::kName, resource.scope_name);
  writer.bytes(scope::kVersion, resource.scope_version);
  encoded_scope_ = writer.view();
}

void TraceRequest::begin() {
  writer_.clear();
  resource_spans_ = writer_.begin_message(request::kResourceSpans);
  writer_.bytes(resource_spans::kResource, encoded_resource_);
  scope_spans_ = writer_.begin_message(resource_spans::kScopeSpans);
  writer_.bytes(scope_spans::kScope, encoded_scope_);
}

std::string_view TraceRequest::finish() {
  writer_.end_message(scope_spans_);
  writer_.end_message(resource_spans_);
  return writer_.view();
}

void TraceRequest::add(const TraceBuffer& trace) {
  trace.for_each_span([&](const SpanRecord& record) { add_span(trace, record); });
}

void TraceRequest::add_span(const TraceBuffer& trace, const SpanRecord& record) {
  const bool is_root = record.parent == kNoRecord;
  const SpanId parent_id = is_root ? trace.remote_span_id : trace.span(record.parent).id;
  const bool is_parent_remote = is_root && parent_id.is_valid();
  const auto mark = writer_.begin_message(scope_spans::kSpans);
  writer_.bytes(span::kTraceId, trace.trace_id.bytes.data(), trace.trace_id.bytes.size());
  writer_.bytes(span::kSpanId, record.id.bytes.data(), record.id.bytes.size());
  if (!trace.tracestate.empty()) writer_.bytes(span::kTraceState, trace.tracestate);
  if (parent_id.is_valid()) {
    writer_.bytes(span::kParentSpanId, parent_id.bytes.data(), parent_id.bytes.size());
  }
  with_valid_utf8(trace.name_of(record),
                  [this](std::string_view name) { writer_.bytes(span::kName, name); });
  writer_.varint(span::kKind, static_cast<std::uint64_t>(record.type->kind));
  writer_.fixed64(span::kStartTime, record.start_ns + trace.utc_offset_ns);
  writer_.fixed64(span::kEndTime, record.end_ns + trace.utc_offset_ns);
  trace.for_each_attribute(record, [this](const AttributeRecord& attribute) {
    add_attribute(span::kAttributes, attribute);
  });
  const SpanExtra* extra = trace.extra_of(record);
  if (extra != nullptr) add_extra(trace, *extra);
  if (record.is_error) add_error(extra != nullptr ? trace.description_of(*extra) : "");
  writer_.fixed32(span::kFlags,
                  trace.flags | kHasIsRemoteFlag | (is_parent_remote ? kIsRemoteFlag : 0));
  writer_.end_message(mark);
}

void TraceRequest::add_error(std::string_view description) {
  const auto mark = writer_.begin_message(span::kStatus);
  if (!description.empty()) {
    with_valid_utf8(description,
                    [this](std::string_view text) { writer_.bytes(status::kMessage, text); });
  }
  writer_.varint(status::kCode, status::kError);
  writer_.end_message(mark);
}

void TraceRequest::add_count(std::uint32_t field, std::uint32_t count) {
  if (count > 0) writer_.varint(field, count);
}

void TraceRequest::add_extra(const TraceBuffer& trace, const SpanExtra& extra) {
  add_count(span::kDroppedAttributesCount, extra.dropped_attribute_count);
  trace.for_each_event(extra, [&](const EventRecord& record) { add_event(trace, record); });
  add_count(span::kDroppedEventsCount, extra.dropped_event_count);
  trace.for_each_link(extra, [this](const LinkRecord& record) { add_link(record); });
  add_count(span::kDroppedLinksCount, extra.dropped_link_count);
}

void TraceRequest::add_event(const TraceBuffer& trace, const EventRecord& record) {
  const auto mark = writer_.begin_message(span::kEvents);
  writer_.fixed64(event::kTime, record.time_ns + trace.utc_offset_ns);
  writer_.bytes(event::kName, record.type->name);
  trace.for_each_attribute(record, [this](const AttributeRecord& attribute) {
    add_attribute(event::kAttributes, attribute);
  });
  add_count(event::kDroppedAttributesCount, record.dropped_attribute_count);
  writer_.end_message(mark);
}

void TraceRequest::add_link(const LinkRecord& record) {
  const auto mark = writer_.begin_message(span::kLinks);
  writer_.bytes(link::kTraceId, record.trace_id.bytes.data(), record.trace_id.bytes.size());
  writer_.bytes(link::kSpanId, record.span_id.bytes.data(), record.span_id.bytes.size());
  writer_.end_message(mark);
}

void TraceRequest::add_attribute(std::uint32_t field, const AttributeRecord& attribute) {
  const std::string_view key = attribute.key->name;
  const auto integer = static_cast<std::uint64_t>(attribute.bits);
  switch (attribute.kind) {
    case AttributeKind::kString:
      with_valid_utf8(attribute.text(),
                      [&](std::string_view text) { add_text(writer_, field, key, text); });
      return;
    case AttributeKind::kDouble:
      begin_key_value(writer_, field, key, 9);
      writer_.number(any_value::kDouble, attribute.number());
      return;
    case AttributeKind::kBool:
      begin_key_value(writer_, field, key, 2);
      writer_.varint(any_value::kBool, integer);
      return;
    default:
      begin_key_value(writer_, field, key, 1 + WireWriter::varint_size(integer));
      writer_.varint(any_value::kInteger, integer);
  }
}

// ExportTraceServiceResponse.partial_success = 1; its rejected_spans = 1.
std::uint64_t rejected_span_count(std::string_view response) noexcept {
  while (!response.empty()) {
    const auto field = take_field(response);
    if (!field) return 0;
    std::string_view partial = field->bytes;
    while (field->number == 1 && !partial.empty()) {
      const auto inner = take_field(partial);
      if (!inner) return 0;
      if (inner->number == 1) return inner->value;
    }
  }
  return 0;
}

}  // namespace vigie::telemetry
