#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "telemetry/trace_buffer.hpp"
#include "telemetry/tracer.hpp"

namespace vigie::fakes {

/// An event of a span.
struct CapturedEvent {
  std::string name;
  std::uint64_t utc_ns = 0;
  std::map<std::string, std::string> attributes;
};

/// A span as tests look at it.
struct CapturedSpan {
  std::string name;
  telemetry::SpanKind kind = telemetry::SpanKind::kInternal;
  std::string trace_id;
  std::string span_id;
  /// Empty for the root of a trace that no caller began.
  std::string parent_span_id;
  std::string tracestate;
  bool is_error = false;
  std::uint64_t start_utc_ns = 0;
  std::uint64_t end_utc_ns = 0;
  /// Numbers and flags as text.
  std::map<std::string, std::string> attributes;
  std::vector<CapturedEvent> events;
  /// "<trace id>-<span id>"
  std::vector<std::string> links;
  std::string description;
  telemetry::SpanExtra extra;
};

/// Takes kept traces and makes their spans readable. Thread-safe.
class TraceCapture final : public telemetry::TraceSink {
 public:
  bool offer(std::unique_ptr<telemetry::TraceBuffer>& trace) noexcept override {
    const std::lock_guard lock(mutex_);
    if (is_full_) return false;
    const std::unique_ptr<telemetry::TraceBuffer> taken = std::move(trace);
    taken->for_each_span(
        [&](const telemetry::SpanRecord& span) { spans_.push_back(captured(*taken, span)); });
    return true;
  }

  /// While full, offers are refused.
  void set_full(bool is_full) {
    const std::lock_guard lock(mutex_);
    is_full_ = is_full;
  }
  std::vector<CapturedSpan> spans() const {
    const std::lock_guard lock(mutex_);
    return spans_;
  }
  /// The first span of that name; one with an empty name when there is none.
  CapturedSpan span(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    for (const CapturedSpan& span : spans_) {
      if (span.name == name) return span;
    }
    return {};
  }

 private:
  static std::string text_of(const telemetry::AttributeRecord& attribute) {
    switch (attribute.kind) {
      case telemetry::AttributeKind::kString:
        return std::string(attribute.text());
      case telemetry::AttributeKind::kDouble:
        return std::to_string(attribute.number());
      case telemetry::AttributeKind::kBool:
        return attribute.flag() ? "true" : "false";
      default:
        return std::to_string(attribute.integer());
    }
  }

  template <typename Owner>
  static std::map<std::string, std::string> attributes_of(const telemetry::TraceBuffer& trace,
                                                          const Owner& owner) {
    std::map<std::string, std::string> attributes;
    trace.for_each_attribute(owner, [&](const telemetry::AttributeRecord& attribute) {
      attributes.emplace(attribute.key->name, text_of(attribute));
    });
    return attributes;
  }

  static void add_extra(const telemetry::TraceBuffer& trace, const telemetry::SpanExtra& extra,
                        CapturedSpan& span) {
    span.extra = extra;
    span.description = trace.description_of(extra);
    trace.for_each_event(extra, [&](const telemetry::EventRecord& event) {
      span.events.push_back({std::string(event.type->name), event.time_ns + trace.utc_offset_ns,
                             attributes_of(trace, event)});
    });
    trace.for_each_link(extra, [&](const telemetry::LinkRecord& link) {
      span.links.push_back(link.trace_id.to_hex() + "-" + link.span_id.to_hex());
    });
  }

  static CapturedSpan captured(const telemetry::TraceBuffer& trace,
                               const telemetry::SpanRecord& record) {
    CapturedSpan span;
    span.name = trace.name_of(record);
    span.kind = record.type->kind;
    span.trace_id = trace.trace_id.to_hex();
    span.span_id = record.id.to_hex();
    const bool is_root = record.parent == telemetry::kNoRecord;
    const telemetry::SpanId parent = is_root ? trace.remote_span_id : trace.span(record.parent).id;
    if (parent.is_valid()) span.parent_span_id = parent.to_hex();
    span.tracestate = trace.tracestate;
    span.is_error = record.is_error;
    span.start_utc_ns = record.start_ns + trace.utc_offset_ns;
    span.end_utc_ns = record.end_ns + trace.utc_offset_ns;
    span.attributes = attributes_of(trace, record);
    if (const auto* extra = trace.extra_of(record)) add_extra(trace, *extra, span);
    return span;
  }

  mutable std::mutex mutex_;
  bool is_full_ = false;
  std::vector<CapturedSpan> spans_;
};

}  // namespace vigie::fakes
