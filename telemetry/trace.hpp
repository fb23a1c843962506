#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "telemetry/attribute.hpp"
#include "telemetry/catalogue/span_event_type.hpp"
#include "telemetry/catalogue/span_type.hpp"
#include "telemetry/trace_buffer.hpp"
#include "telemetry/trace_context.hpp"

namespace vigie::telemetry {

class Histogram;
class Tracer;
struct SamplingDecision;
struct SamplingFacts;

/// The spans of one request or job, collected in one buffer and kept or left out as a whole when it
/// finishes. Used by one fiber or thread at a time. Ids exist, and travel, also when nothing is
/// recorded.
class Trace {
 public:
  /// Joins the caller's trace, or starts one.
  Trace(Tracer& tracer, const std::optional<TraceParent>& remote) noexcept;
  /// Finishes it.
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  const TraceId& trace_id() const noexcept { return trace_id_; }
  /// Of the innermost open span; before the first and after the last one, of the root span.
  const SpanId& span_id() const noexcept { return span_id_; }
  /// Of a caller that may decide.
  bool is_sampled_by_caller() const noexcept { return is_sampled_by_caller_; }
  /// For outgoing calls and the response: the innermost open span. Its sampled flag says what is
  /// known so far, since the decision comes at the end.
  std::string traceparent() const;
  /// As received from the caller; may be empty.
  std::string_view tracestate() const noexcept { return tracestate_; }

  /// The trace will be kept: its request failed.
  void mark_error() noexcept { is_error_ = true; }
  /// The trace will be kept: somebody who may has asked for it.
  void keep() noexcept { is_asked_for_ = true; }
  /// The trace will be kept: its work was done too late, be it that it waited or that it took long.
  void mark_slow() noexcept { is_slow_ = true; }
  /// The trace will be left out, and held nowhere, unless somebody has asked for it: it says what
  /// another has just said.
  void mark_repeated() noexcept { is_repeated_ = true; }
  /// On the innermost open span, as Span's of the same name: for code that holds the trace only.
  void event(const SpanEventType& type, std::initializer_list<Field> fields = {}) noexcept;
  void link(const TraceId& trace_id, const SpanId& span_id) noexcept;
  /// Ends open spans, decides once, and hands the spans to the pipeline. True when it was kept and
  /// the pipeline took it. Later calls only repeat the answer.
  bool finish() noexcept;

 private:
  friend class Span;
  friend class Histogram;

  void start_recording() noexcept;
  SamplingFacts facts() const noexcept;
  void end_open_spans() noexcept;
  void count_lost_spans() noexcept;
  void count_cuts() noexcept;
  std::uint8_t flags_with(bool is_sampled) const noexcept {
    return static_cast<std::uint8_t>(flags_ | (is_sampled ? kSampledFlag : 0));
  }
  bool decide() noexcept;
  void describe(const SamplingDecision& decision) noexcept;
  bool hand_over(std::uint32_t span_count) noexcept;
  void leave_to_holder(bool is_kept) noexcept;
  void pend_exemplar(Histogram& histogram, std::size_t bucket, double value) noexcept;

  Tracer& tracer_;
  /// Null when nothing is recorded.
  TraceBuffer* buffer_ = nullptr;
  TraceId trace_id_;
  SpanId span_id_;
  SpanId root_id_;
  SpanId remote_span_id_;
  std::string tracestate_;
  /// Of the innermost open span in the buffer.
  std::uint32_t open_span_ = 0;
  bool has_trusted_remote_ = false;
  bool is_sampled_by_caller_ = false;
  bool is_error_ = false;
  bool is_slow_ = false;
  bool is_asked_for_ = false;
  bool is_repeated_ = false;
  /// Of the trace id: random, as ours are, or whatever the caller says.
  std::uint8_t flags_ = kRandomFlag;
  bool is_finished_ = false;
  bool is_kept_ = false;
};

/// One span, open from construction to `end` or destruction: a child of the innermost open span of
/// its trace. A local; spans of a trace end in the reverse order of their beginning.
class Span {
 public:
  /// A null trace makes a span that does nothing.
  Span(Trace* trace, const SpanType& type) noexcept;
  ~Span() { end(); }
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;

  /// Refused, and counted, when the type does not declare the key.
  /// In line, so that a call costs what its kind of value costs: half of all instructions of a span
  /// are spent here.
  [[gnu::always_inline]] void set(const AttributeKey& key, AttributeValue value) noexcept {
    if (!can_record()) return;
    if (value.kind() == AttributeKind::kString) {
      trace_->buffer_->set_text(record_, key, value.text());
    } else if (value.kind() != AttributeKind::kNone) {
      trace_->buffer_->set_bits(record_, key, value.kind(), value.bits());
    }
  }
  /// Replaces the type's name; must be of low cardinality.
  void name(std::string_view name) noexcept;
  /// Marks the span as failed and sets error.type. On the root span this also keeps the trace. The
  /// description is for what no attribute says, and only a failed span has one (OpenTelemetry,
  /// "Set Status").
  void error(std::string_view error_type, std::string_view description = {}) noexcept;
  /// Something happened now. Fields that the type does not declare are refused, and counted.
  void event(const SpanEventType& type, std::initializer_list<Field> fields = {}) noexcept;
  /// Another trace has to do with this span.
  void link(const TraceId& trace_id, const SpanId& span_id) noexcept;
  /// Later calls on this span do nothing.
  void end() noexcept;

  bool is_recording() const noexcept { return trace_ != nullptr; }

 private:
  /// False also after the trace finished before its span ended.
  bool can_record() const noexcept { return trace_ != nullptr && trace_->buffer_ != nullptr; }

  Trace* trace_;
  std::uint32_t record_ = 0;
};

}  // namespace vigie::telemetry
