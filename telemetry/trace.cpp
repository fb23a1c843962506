#include "telemetry/trace.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <utility>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/id_source.hpp"
#include "telemetry/instrument.hpp"
#include "telemetry/sampling_state.hpp"
#include "telemetry/trace_buffer.hpp"
#include "telemetry/tracer.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::size_t kReasonBytesMax = 64;

}  // namespace

Trace::Trace(Tracer& tracer, const std::optional<TraceParent>& remote) noexcept
    : tracer_(tracer), root_id_(make_span_id()), open_span_(kNoRecord) {
  if (remote) {
    trace_id_ = remote->trace_id;
    remote_span_id_ = remote->span_id;
    has_trusted_remote_ = remote->is_trusted;
    flags_ = remote->flags & kRandomFlag;
    is_sampled_by_caller_ = remote->is_trusted && remote->is_sampled();
    // Who chooses its randomness, chooses what the ratio keeps.
    tracestate_ = remote->is_trusted ? remote->tracestate
                                     : with_randomness(remote->tracestate, randomness_of(root_id_));
  } else {
    trace_id_ = make_trace_id();
  }
  span_id_ = root_id_;
  if (tracer_.is_recording()) start_recording();
}

Trace::~Trace() { finish(); }

void Trace::start_recording() noexcept {
  buffer_ = TraceBuffer::acquire();
  if (buffer_ == nullptr) {
    // Its spans are not known; the root span stands for them.
    tracer_.ledger().refused(Signal::kTraces, 1, DropReason::kNoMemory);
    return;
  }
  buffer_->trace_id = trace_id_;
  buffer_->remote_span_id = remote_span_id_;
  buffer_->utc_offset_ns = tracer_.utc_offset_ns();
  buffer_->bytes_max = tracer_.trace_bytes_max();
}

std::string Trace::traceparent() const {
  const bool is_sampled = is_finished_             ? is_kept_
                          : tracer_.is_exporting() ? tracer_.sampler().decide(facts()).is_kept
                                                   : is_sampled_by_caller_;
  return format_traceparent(trace_id_, span_id_, flags_with(is_sampled));
}

SamplingFacts Trace::facts() const noexcept {
  return {randomness_of(trace_id_, tracestate_),
          has_trusted_remote_,
          is_sampled_by_caller_,
          is_error_,
          is_slow_,
          is_asked_for_,
          is_repeated_};
}

bool Trace::finish() noexcept {
  if (is_finished_) return is_kept_;
  is_finished_ = true;
  if (buffer_ == nullptr) return false;
  end_open_spans();
  count_lost_spans();
  if (buffer_->has_cuts()) count_cuts();
  is_kept_ = buffer_->span_count() > 0 && decide();
  if (buffer_ != nullptr) TraceBuffer::release(buffer_);
  buffer_ = nullptr;
  return is_kept_;
}

void Trace::end_open_spans() noexcept {
  if (open_span_ == kNoRecord) return;
  const std::uint64_t now_ns = tracer_.clock().monotonic_ns();
  for (; open_span_ != kNoRecord; open_span_ = buffer_->span(open_span_).parent) {
    buffer_->end_span(open_span_, now_ns);
  }
}

void Trace::count_lost_spans() noexcept {
  if (buffer_->lost_span_count() == 0) return;
  tracer_.ledger().refused(Signal::kTraces, buffer_->lost_span_count(), DropReason::kTooLarge);
}

void Trace::count_cuts() noexcept {
  for (std::size_t i = 0; i < kCutReasonCount; ++i) {
    const auto reason = static_cast<CutReason>(i);
    if (buffer_->cuts(reason) > 0) tracer_.ledger().cut(reason, buffer_->cuts(reason));
  }
}

bool Trace::decide() noexcept {
  const SamplingDecision decision = tracer_.sampler().decide(facts());
  const std::uint32_t span_count = buffer_->span_count();
  if (decision.is_kept) describe(decision);
  if (decision.is_kept && tracer_.is_exporting()) {
    tracer_.count(decision);
    return hand_over(span_count);
  }
  tracer_.count({false, decision.is_kept ? DecisionReason::kNotExported : decision.reason});
  tracer_.ledger().sampled_out(Signal::kTraces, span_count);
  if (decision.reason != DecisionReason::kRepeated) leave_to_holder(decision.is_kept);
  return false;
}

// What is not exported may still be worth a look.
void Trace::leave_to_holder(bool is_kept) noexcept {
  TraceHolder* holder = tracer_.holder();
  if (holder == nullptr || (!is_kept && !holder->wants(*buffer_))) return;
  std::unique_ptr<TraceBuffer> owned(std::exchange(buffer_, nullptr));
  holder->offer(owned, is_kept);
  buffer_ = owned.release();
}

void Trace::describe(const SamplingDecision& decision) noexcept {
  buffer_->bytes_max += kReasonBytesMax;  // room that the spans could not use up
  const SpanType& root = *buffer_->span(buffer_->first_span()).type;
  if (root.attributes.declares(attributes::kKeepReason)) {
    buffer_->set_text(buffer_->first_span(), attributes::kKeepReason,
                      metrics::kDecisionReasons[static_cast<std::size_t>(decision.reason)]);
  }
  buffer_->flags = flags_with(true);
  tracer_.renew_utc_offset(buffer_->last_ns());
  buffer_->utc_offset_ns = tracer_.utc_offset_ns();
  try {
    // What the caller decided, it has told the weight of.
    buffer_->tracestate = decision.reason == DecisionReason::kCaller
                              ? tracestate_
                              : with_threshold(tracestate_, decision.threshold);
  } catch (const std::bad_alloc&) {
    buffer_->tracestate.clear();
  }
}

// The buffer belongs to the pipeline afterwards; an exemplar must not stand for a trace that the
// pipeline did not take.
bool Trace::hand_over(std::uint32_t span_count) noexcept {
  const std::uint64_t utc_ns = buffer_->last_ns() + buffer_->utc_offset_ns;
  std::array<PendingExemplar, TraceBuffer::kPendingExemplarsMax> exemplars;
  const std::size_t exemplar_count = buffer_->exemplar_count();
  std::copy_n(buffer_->exemplars_begin(), exemplar_count, exemplars.begin());

  tracer_.ledger().queued(Signal::kTraces, span_count);
  std::unique_ptr<TraceBuffer> owned(std::exchange(buffer_, nullptr));
  if (!tracer_.sink()->offer(owned)) {
    tracer_.ledger().dropped(Signal::kTraces, span_count, DropReason::kQueueFull);
    buffer_ = owned.release();
    leave_to_holder(true);
    return false;
  }
  for (std::size_t i = 0; i < exemplar_count; ++i) {
    const PendingExemplar& pending = exemplars[i];
    pending.histogram->set_exemplar(pending.bucket,
                                    {trace_id_, pending.span_id, pending.value, utc_ns});
  }
  return true;
}

void Trace::pend_exemplar(Histogram& histogram, std::size_t bucket, double value) noexcept {
  if (buffer_ != nullptr) {
    buffer_->pend({&histogram, value, span_id_, static_cast<std::uint32_t>(bucket)});
  } else if (is_kept_) {
    histogram.set_exemplar(bucket, {trace_id_, root_id_, value, tracer_.clock().utc_ns()});
  }
}

void Trace::event(const SpanEventType& type, std::initializer_list<Field> fields) noexcept {
  if (buffer_ == nullptr || open_span_ == kNoRecord) return;
  buffer_->add_event(open_span_, type, tracer_.clock().monotonic_ns(), fields);
}

void Trace::link(const TraceId& trace_id, const SpanId& span_id) noexcept {
  if (buffer_ != nullptr && open_span_ != kNoRecord) {
    buffer_->add_link(open_span_, trace_id, span_id);
  }
}

Span::Span(Trace* trace, const SpanType& type) noexcept : trace_(trace) {
  if (trace == nullptr || trace->buffer_ == nullptr) {
    trace_ = nullptr;
    return;
  }
  TraceBuffer& buffer = *trace->buffer_;
  const SpanId id = buffer.span_count() == 0 ? trace->root_id_ : make_span_id();
  record_ = buffer.begin_span(type, id, trace->open_span_, trace->tracer_.clock().monotonic_ns());
  if (record_ == kNoRecord) {
    trace_ = nullptr;
    return;
  }
  trace->open_span_ = record_;
  trace->span_id_ = id;
}

void Span::name(std::string_view name) noexcept {
  if (can_record()) trace_->buffer_->set_name(record_, name);
}

void Span::error(std::string_view error_type, std::string_view description) noexcept {
  if (!can_record()) return;
  SpanRecord& record = trace_->buffer_->span(record_);
  record.is_error = true;
  if (record.parent == kNoRecord) trace_->is_error_ = true;
  set(attributes::kErrorType, error_type);
  if (!description.empty()) trace_->buffer_->set_description(record_, description);
}

void Span::event(const SpanEventType& type, std::initializer_list<Field> fields) noexcept {
  if (!can_record()) return;
  trace_->buffer_->add_event(record_, type, trace_->tracer_.clock().monotonic_ns(), fields);
}

void Span::link(const TraceId& trace_id, const SpanId& span_id) noexcept {
  if (can_record()) trace_->buffer_->add_link(record_, trace_id, span_id);
}

void Span::end() noexcept {
  if (!can_record()) return;
  TraceBuffer& buffer = *trace_->buffer_;
  buffer.end_span(record_, trace_->tracer_.clock().monotonic_ns());
  trace_->open_span_ = buffer.span(record_).parent;
  trace_->span_id_ =
      trace_->open_span_ == kNoRecord ? trace_->root_id_ : buffer.span(trace_->open_span_).id;
  trace_ = nullptr;
}

}  // namespace vigie::telemetry
