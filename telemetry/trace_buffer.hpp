#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/attribute_record.hpp"
#include "telemetry/ledger.hpp"
#include "telemetry/span_record.hpp"
#include "telemetry/trace_context.hpp"

namespace vigie::telemetry {

class Histogram;

/// An observation that becomes an exemplar if its trace is kept.
struct PendingExemplar {
  Histogram* histogram;
  double value;
  SpanId span_id;
  std::uint32_t bucket;
};

/// The spans of one trace, one after the other in one piece of memory that is used again by later
/// traces of the thread. Recording takes no lock, and allocates only when a trace outgrows all
/// earlier ones. Not thread-safe.
class TraceBuffer {
 public:
  static constexpr std::size_t kPendingExemplarsMax = 8;

  /// From the calling thread's pool; null when there is no memory.
  static TraceBuffer* acquire() noexcept;
  /// Back to the calling thread's pool.
  static void release(TraceBuffer* buffer) noexcept;

  /// kNoRecord when the trace's memory is used up; the span is counted as lost.
  RecordOffset begin_span(const SpanType& type, const SpanId& id, RecordOffset parent,
                          std::uint64_t now_ns) noexcept {
    const RecordOffset offset = allocate(sizeof(SpanRecord));
    if (offset == kNoRecord) [[unlikely]] {
      ++lost_span_count_;
      return kNoRecord;
    }
    new (memory_.data() + offset) SpanRecord{&type, now_ns, id, parent};
    (last_span_ == kNoRecord ? first_span_ : span(last_span_).next) = offset;
    last_span_ = offset;
    ++span_count_;
    last_ns_ = now_ns;
    return offset;
  }
  void end_span(RecordOffset offset, std::uint64_t now_ns) noexcept {
    // Counters of two processors may differ by some ticks.
    last_ns_ = std::max(now_ns, span(offset).start_ns);
    span(offset).end_ns = last_ns_;
  }
  void set_name(RecordOffset span, std::string_view name) noexcept;
  /// A later value replaces an earlier one.
  [[gnu::always_inline]] void set_text(RecordOffset span, const AttributeKey& key,
                                       std::string_view text) noexcept {
    if (text.size() > kAttributeBytesMax) [[unlikely]] {
      return set_long_text(span, key, text);
    }
    const std::size_t bytes = record_bytes(text);
    const std::size_t index = admit(span, key, bytes);
    if (index != AttributeList::kSizeMax) [[likely]] {
      write_text(add_attribute(span, key, index, bytes), key, text);
    }
  }
  [[gnu::always_inline]] void set_bits(RecordOffset span, const AttributeKey& key,
                                       AttributeKind kind, std::int64_t bits) noexcept {
    const std::size_t index = admit(span, key, sizeof(AttributeRecord));
    if (index != AttributeList::kSizeMax) [[likely]] {
      write_bits(add_attribute(span, key, index, sizeof(AttributeRecord)), key, kind, bits);
    }
  }
  void set_description(RecordOffset span, std::string_view text) noexcept;
  void add_event(RecordOffset span, const SpanEventType& type, std::uint64_t now_ns,
                 std::initializer_list<Field> fields) noexcept;
  void add_link(RecordOffset span, const TraceId& linked_trace, const SpanId& linked_span) noexcept;
  void pend(const PendingExemplar& exemplar) noexcept;

  SpanRecord& span(RecordOffset offset) noexcept { return *at<SpanRecord>(offset); }
  const SpanRecord& span(RecordOffset offset) const noexcept { return *at<SpanRecord>(offset); }
  const AttributeRecord& attribute(RecordOffset offset) const noexcept {
    return *at<AttributeRecord>(offset);
  }
  std::string_view name_of(const SpanRecord& span) const noexcept;
  /// Calls visit(record) for each span in the order they began.
  template <typename Visit>
  void for_each_span(const Visit& visit) const {
    for (RecordOffset i = first_span_; i != kNoRecord; i = span(i).next) visit(span(i));
  }
  /// Calls visit(record) for each attribute of a span or event.
  template <typename Owner, typename Visit>
  void for_each_attribute(const Owner& owner, const Visit& visit) const {
    for (RecordOffset i = owner.attributes.first; i != kNoRecord; i = attribute(i).next) {
      if (attribute(i).kind != AttributeKind::kNone) visit(attribute(i));
    }
  }
  /// Null when the span has nothing of the kind.
  const SpanExtra* extra_of(const SpanRecord& span) const noexcept {
    return span.extra == kNoRecord ? nullptr : at<SpanExtra>(span.extra);
  }
  template <typename Visit>
  void for_each_event(const SpanExtra& extra, const Visit& visit) const {
    for_each_in<EventRecord>(extra.events, visit);
  }
  template <typename Visit>
  void for_each_link(const SpanExtra& extra, const Visit& visit) const {
    for_each_in<LinkRecord>(extra.links, visit);
  }
  std::string_view description_of(const SpanExtra& extra) const noexcept;

  RecordOffset first_span() const noexcept { return first_span_; }
  std::uint32_t span_count() const noexcept { return span_count_; }
  std::uint32_t lost_span_count() const noexcept { return lost_span_count_; }
  bool has_cuts() const noexcept { return has_cuts_; }
  std::uint32_t cuts(CutReason reason) const noexcept {
    return cuts_[static_cast<std::size_t>(reason)];
  }
  std::size_t size_bytes() const noexcept { return size_; }
  /// Memory that the buffer takes, with all that it owns.
  std::size_t held_bytes() const noexcept {
    return sizeof(*this) + memory_.capacity() + tracestate.capacity();
  }
  /// Gives back what no record uses: for a trace that is held for long.
  void compact() noexcept;
  std::uint64_t last_ns() const noexcept { return last_ns_; }
  const PendingExemplar* exemplars_begin() const noexcept { return exemplars_.data(); }
  std::size_t exemplar_count() const noexcept { return exemplar_count_; }

  TraceId trace_id;
  SpanId remote_span_id;
  /// As received from the caller.
  std::string tracestate;
  std::uint8_t flags = 0;
  /// Add it to a record's time to get UTC.
  std::uint64_t utc_offset_ns = 0;
  std::size_t bytes_max = 0;

 private:
  friend struct TraceBufferPool;

  template <typename Record>
  Record* at(RecordOffset offset) noexcept {
    return reinterpret_cast<Record*>(memory_.data() + offset);
  }
  template <typename Record>
  const Record* at(RecordOffset offset) const noexcept {
    return reinterpret_cast<const Record*>(memory_.data() + offset);
  }
  RecordOffset allocate(std::size_t bytes) noexcept {
    bytes = aligned(bytes);
    return has_room(bytes) ? take(bytes) : kNoRecord;
  }
  bool has_room(std::size_t bytes) noexcept {
    if (memory_.size() - size_ >= bytes) [[likely]] {
      return true;
    }
    return grow(bytes);
  }
  /// Pre: there is room, and `bytes` is aligned.
  RecordOffset take(std::size_t bytes) noexcept {
    const auto offset = static_cast<RecordOffset>(size_);
    size_ += bytes;
    return offset;
  }
  bool grow(std::size_t bytes) noexcept;
  template <typename Record, typename Visit>
  void for_each_in(const RecordList& list, const Visit& visit) const {
    for (RecordOffset i = list.first; i != kNoRecord; i = at<Record>(i)->next) {
      visit(*at<Record>(i));
    }
  }
  template <typename Record>
  void append(RecordList& list, RecordOffset place) noexcept {
    (list.last == kNoRecord ? list.first : at<Record>(list.last)->next) = place;
    list.last = place;
  }
  void cut(CutReason reason) noexcept;
  void drop_attribute(RecordOffset span, CutReason reason) noexcept;
  /// Made when first asked for; null when there is no memory for it.
  SpanExtra* extra(RecordOffset span) noexcept;
  void add_event_field(RecordOffset event, const Field& field) noexcept;
  RecordOffset add_field(const Field& field) noexcept;
  RecordOffset copy_text(std::string_view text) noexcept;
  void set_long_text(RecordOffset span, const AttributeKey& key, std::string_view text) noexcept;
  /// The place of the key among those declared, with room for its record; kSizeMax when it is left
  /// out, which is counted.
  [[gnu::always_inline]] std::size_t admit(RecordOffset offset, const AttributeKey& key,
                                           std::size_t bytes) noexcept {
    const std::size_t index = span(offset).type->attributes.index_of(key);
    if (index == AttributeList::kSizeMax) [[unlikely]] {
      drop_attribute(offset, CutReason::kUndeclared);
      return AttributeList::kSizeMax;
    }
    if (!has_room(bytes)) [[unlikely]] {
      drop_attribute(offset, CutReason::kNoMemory);
      return AttributeList::kSizeMax;
    }
    return index;
  }
  /// Pre: it was admitted. What is returned is already part of its span, and to be written.
  [[gnu::always_inline]] std::byte* add_attribute(RecordOffset offset, const AttributeKey& key,
                                                  std::size_t index, std::size_t bytes) noexcept {
    SpanRecord& owner = span(offset);
    if ((owner.attributes_set >> index & 1) != 0) [[unlikely]] {
      remove_attribute(owner, key);
    }
    owner.attributes_set |= std::uint32_t{1} << index;
    const RecordOffset place = take(bytes);
    append<AttributeRecord>(owner.attributes, place);
    return memory_.data() + place;
  }
  void remove_attribute(SpanRecord& span, const AttributeKey& key) noexcept;
  void clear() noexcept;

  /// Its size is the room there is.
  std::vector<std::byte> memory_;
  std::size_t size_ = 0;
  RecordOffset first_span_ = kNoRecord;
  RecordOffset last_span_ = kNoRecord;
  std::uint32_t span_count_ = 0;
  std::uint32_t lost_span_count_ = 0;
  bool has_cuts_ = false;
  std::array<std::uint32_t, kCutReasonCount> cuts_{};
  std::uint64_t last_ns_ = 0;
  std::uint32_t exemplar_count_ = 0;
  std::array<PendingExemplar, kPendingExemplarsMax> exemplars_;
  TraceBuffer* next_free_ = nullptr;
};

}  // namespace vigie::telemetry
