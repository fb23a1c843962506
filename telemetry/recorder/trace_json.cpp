#include "telemetry/recorder/trace_json.hpp"

#include <array>
#include <cstdint>
#include <string_view>

#include "telemetry/attribute_json.hpp"
#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/utc_text.hpp"

namespace vigie::telemetry {
namespace {

/// Values of SpanKind.
constexpr std::array<std::string_view, 6> kKinds{"",       "internal", "server",
                                                 "client", "producer", "consumer"};

double milliseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e6; }

template <std::size_t N>
void write_id(std::string_view name, const Identifier<N>& id, JsonWriter& out) {
  out.key(name);
  if (!id.is_valid()) {
    out.null();
    return;
  }
  out.value(id.to_hex());
}

/// Under its short name in a summary; null when the root span has none.
void write_fact(std::string_view name, const RecordedTrace& trace, const AttributeKey& key,
                JsonWriter& out) {
  const AttributeRecord* found = find_attribute(trace.buffer(), trace.root(), key);
  out.key(name);
  if (found == nullptr) {
    out.null();
  } else if (found->kind == AttributeKind::kString) {
    out.value(found->text());
  } else {
    out.value(found->integer());
  }
}

void write_reasons(const HoldReasons& why, JsonWriter& out) {
  out.key("recorded_as").begin_array();
  if (why.is_recent) out.value("recent");
  if (why.is_slowest_of_route) out.value("slowest");
  if (why.is_failed_of_route) out.value("failed");
  out.end_array();
}

template <typename Owner>
void write_attributes(const TraceBuffer& trace, const Owner& owner, JsonWriter& out) {
  out.key("attributes").begin_object();
  trace.for_each_attribute(
      owner, [&out](const AttributeRecord& attribute) { write_attribute(attribute, out); });
  out.end_object();
}

void write_events(const TraceBuffer& trace, const SpanExtra* extra, JsonWriter& out) {
  out.key("events").begin_array();
  if (extra != nullptr) {
    trace.for_each_event(*extra, [&](const EventRecord& event) {
      out.begin_object()
          .member("name", event.type->name)
          .member("time", utc_text(event.time_ns + trace.utc_offset_ns));
      write_attributes(trace, event, out);
      out.end_object();
    });
  }
  out.end_array();
}

void write_links(const TraceBuffer& trace, const SpanExtra* extra, JsonWriter& out) {
  out.key("links").begin_array();
  if (extra != nullptr) {
    trace.for_each_link(*extra, [&out](const LinkRecord& link) {
      out.begin_object();
      write_id("trace_id", link.trace_id, out);
      write_id("span_id", link.span_id, out);
      out.end_object();
    });
  }
  out.end_array();
}

void write_span(const TraceBuffer& trace, const SpanRecord& span, JsonWriter& out) {
  const SpanExtra* extra = trace.extra_of(span);
  const bool is_root = span.parent == kNoRecord;
  out.begin_object();
  write_id("trace_id", trace.trace_id, out);
  write_id("span_id", span.id, out);
  write_id("parent_span_id", is_root ? trace.remote_span_id : trace.span(span.parent).id, out);
  out.member("name", trace.name_of(span))
      .member("kind", kKinds[static_cast<std::size_t>(span.type->kind)])
      .member("start", utc_text(span.start_ns + trace.utc_offset_ns))
      .member("duration_ms", milliseconds(duration_ns(span)))
      .member("error", span.is_error)
      .member("description", extra == nullptr ? std::string_view() : trace.description_of(*extra));
  write_attributes(trace, span, out);
  write_events(trace, extra, out);
  write_links(trace, extra, out);
  out.end_object();
}

}  // namespace

void write_trace_summary(const FoundTrace& found, JsonWriter& out) {
  const RecordedTrace& trace = *found.trace;
  out.begin_object();
  write_id("trace_id", trace.buffer().trace_id, out);
  write_fact("correlation_id", trace, attributes::kCorrelationId, out);
  out.member("route", trace.route());
  write_fact("method", trace, attributes::kHttpRequestMethod, out);
  write_fact("status", trace, attributes::kHttpResponseStatusCode, out);
  out.member("start", utc_text(trace.root().start_ns + trace.buffer().utc_offset_ns))
      .member("duration_ms", milliseconds(trace.duration_ns()))
      .member("error", trace.is_error());
  write_fact("error_type", trace, attributes::kErrorType, out);
  out.member("span_count", trace.buffer().span_count())
      .member("lost_span_count", trace.buffer().lost_span_count());
  write_fact("keep_reason", trace, attributes::kKeepReason, out);
  write_reasons(found.why, out);
  out.end_object();
}

void write_spans(const TraceBuffer& trace, JsonWriter& out) {
  trace.for_each_span([&](const SpanRecord& span) { write_span(trace, span, out); });
}

}  // namespace vigie::telemetry
