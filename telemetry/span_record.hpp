#pragma once

#include <cstdint>

#include "telemetry/catalogue/span_event_type.hpp"
#include "telemetry/catalogue/span_type.hpp"
#include "telemetry/trace_context.hpp"

namespace vigie::telemetry {

/// Where a record lies in its TraceBuffer.
using RecordOffset = std::uint32_t;
inline constexpr RecordOffset kNoRecord = 0xFFFFFFFF;

/// Of one span. What is more is left out, and counted.
inline constexpr std::uint32_t kSpanEventsMax = 32;
inline constexpr std::uint32_t kSpanLinksMax = 8;

/// The records of one list, in the order they were added.
struct RecordList {
  RecordOffset first = kNoRecord;
  RecordOffset last = kNoRecord;
};

/// One span as it lies in a TraceBuffer.
struct SpanRecord {
  const SpanType* type;
  std::uint64_t start_ns;
  SpanId id;
  RecordOffset parent;
  RecordOffset next = kNoRecord;
  /// 0 while the span is open.
  std::uint64_t end_ns = 0;
  RecordList attributes{};
  /// Bytes of the name that replaced the type's, if its size is not 0.
  RecordOffset name = kNoRecord;
  /// A SpanExtra; most spans have none.
  RecordOffset extra = kNoRecord;
  /// Bit i: the attribute that the type declares at i is set.
  std::uint32_t attributes_set = 0;
  std::uint16_t name_size = 0;
  bool is_error = false;
};

/// What few spans have.
struct SpanExtra {
  RecordList events;
  RecordList links;
  std::uint32_t event_count = 0;
  std::uint32_t link_count = 0;
  std::uint32_t dropped_attribute_count = 0;
  std::uint32_t dropped_event_count = 0;
  std::uint32_t dropped_link_count = 0;
  RecordOffset description = kNoRecord;
  std::uint32_t description_size = 0;
};

struct EventRecord {
  const SpanEventType* type;
  std::uint64_t time_ns;
  RecordOffset next;
  RecordList attributes;
  std::uint32_t dropped_attribute_count;
};

struct LinkRecord {
  TraceId trace_id;
  SpanId span_id;
  RecordOffset next;
};

}  // namespace vigie::telemetry
