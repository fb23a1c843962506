#include "telemetry/otlp/trace_request.hpp"

namespace vigie::telemetry {
namespace {

// Field numbers of opentelemetry-proto.
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
// Span flags say whether the parent is remote (trace.proto, SpanFlags).
constexpr std::uint32_t kHasIsRemoteFlag = 0x100;
constexpr std::uint32_t kIsRemoteFlag = 0x200;

}  // namespace

void TraceRequest::add(const TraceBuffer& trace) {
  trace.for_each_span([&](const SpanRecord& record) { add_span(trace, record); });
}

void TraceRequest::add_span(const TraceBuffer& trace, const SpanRecord& record) {
  const bool is_root = record.parent == kNoRecord;
  const SpanId parent_id = is_root ? trace.remote_span_id : trace.span(record.parent).id;
  const bool is_parent_remote = is_root && parent_id.is_valid();
  const auto mark = writer_.begin_message(OtlpRequest::kRecords);
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
    add_otlp_attribute(writer_, span::kAttributes, attribute);
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
    add_otlp_attribute(writer_, event::kAttributes, attribute);
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

}  // namespace vigie::telemetry
