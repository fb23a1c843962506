#include "telemetry/trace_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "telemetry/utf8.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::size_t kInitialBytes = 2048;
// A buffer that grew beyond this is not kept for later traces.
constexpr std::size_t kPooledBytesMax = 8192;
constexpr std::size_t kPooledBuffersMax = 64;

}  // namespace

/// Free buffers of one thread.
struct TraceBufferPool {
  TraceBuffer* first = nullptr;
  std::size_t count = 0;

  constexpr TraceBufferPool() = default;
  TraceBufferPool(const TraceBufferPool&) = delete;
  TraceBufferPool& operator=(const TraceBufferPool&) = delete;

  ~TraceBufferPool() {
    while (first != nullptr) delete pop();
    count = kPooledBuffersMax;
  }

  TraceBuffer* pop() noexcept {
    TraceBuffer* buffer = first;
    first = buffer->next_free_;
    --count;
    return buffer;
  }

  void push(TraceBuffer* buffer) noexcept {
    buffer->next_free_ = first;
    first = buffer;
    ++count;
  }

  bool takes(const TraceBuffer& buffer) const noexcept {
    return count < kPooledBuffersMax && buffer.memory_.size() <= kPooledBytesMax;
  }
};

namespace {

constinit thread_local TraceBufferPool t_pool;

}  // namespace

TraceBuffer* TraceBuffer::acquire() noexcept {
  if (t_pool.first != nullptr) [[likely]] {
    TraceBuffer* buffer = t_pool.pop();
    buffer->clear();
    return buffer;
  }
  return new (std::nothrow) TraceBuffer;
}

void TraceBuffer::release(TraceBuffer* buffer) noexcept {
  if (t_pool.takes(*buffer)) return t_pool.push(buffer);
  delete buffer;
}

void TraceBuffer::clear() noexcept {
  tracestate.clear();
  size_ = 0;
  first_span_ = last_span_ = kNoRecord;
  span_count_ = lost_span_count_ = 0;
  exemplar_count_ = 0;
  if (has_cuts_) cuts_.fill(0);
  has_cuts_ = false;
}

bool TraceBuffer::grow(std::size_t bytes) noexcept {
  if (size_ + bytes > bytes_max) return false;
  try {
    memory_.resize(
        std::min(bytes_max, std::max({kInitialBytes, memory_.size() * 2, size_ + bytes})));
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

void TraceBuffer::compact() noexcept {
  memory_.resize(size_);
  memory_.shrink_to_fit();
}

RecordOffset TraceBuffer::copy_text(std::string_view text) noexcept {
  const RecordOffset place = allocate(text.size());
  if (place != kNoRecord) std::memcpy(memory_.data() + place, text.data(), text.size());
  return place;
}

void TraceBuffer::set_name(RecordOffset offset, std::string_view name) noexcept {
  name = cut_utf8(name, kAttributeBytesMax);
  const RecordOffset text = copy_text(name);
  if (text == kNoRecord) return;
  span(offset).name = text;
  span(offset).name_size = static_cast<std::uint16_t>(name.size());
}

std::string_view TraceBuffer::name_of(const SpanRecord& record) const noexcept {
  if (record.name_size == 0) return record.type->name;
  return {reinterpret_cast<const char*>(memory_.data()) + record.name, record.name_size};
}

void TraceBuffer::cut(CutReason reason) noexcept {
  ++cuts_[static_cast<std::size_t>(reason)];
  has_cuts_ = true;
}

void TraceBuffer::drop_attribute(RecordOffset offset, CutReason reason) noexcept {
  cut(reason);
  if (SpanExtra* found = extra(offset)) ++found->dropped_attribute_count;
}

void TraceBuffer::set_long_text(RecordOffset offset, const AttributeKey& key,
                                std::string_view text) noexcept {
  set_text(offset, key, telemetry::cut(text));
  cut(CutReason::kTooLong);
}

void TraceBuffer::remove_attribute(SpanRecord& owner, const AttributeKey& key) noexcept {
  for (RecordOffset i = owner.attributes.first; i != kNoRecord; i = attribute(i).next) {
    if (attribute(i).key == &key) at<AttributeRecord>(i)->kind = AttributeKind::kNone;
  }
}

SpanExtra* TraceBuffer::extra(RecordOffset offset) noexcept {
  if (span(offset).extra == kNoRecord) {
    const RecordOffset place = allocate(sizeof(SpanExtra));
    if (place == kNoRecord) return nullptr;
    new (memory_.data() + place) SpanExtra;
    span(offset).extra = place;
  }
  return at<SpanExtra>(span(offset).extra);
}

void TraceBuffer::set_description(RecordOffset offset, std::string_view text) noexcept {
  const std::string_view kept = telemetry::cut(text);
  const RecordOffset place = copy_text(kept);
  SpanExtra* found = place == kNoRecord ? nullptr : extra(offset);
  if (found == nullptr) return cut(CutReason::kNoMemory);
  found->description = place;
  found->description_size = static_cast<std::uint32_t>(kept.size());
  if (kept.size() < text.size()) cut(CutReason::kTooLong);
}

std::string_view TraceBuffer::description_of(const SpanExtra& extra) const noexcept {
  if (extra.description == kNoRecord) return {};
  return {reinterpret_cast<const char*>(memory_.data()) + extra.description,
          extra.description_size};
}

RecordOffset TraceBuffer::add_field(const Field& field) noexcept {
  const RecordOffset place = allocate(record_bytes(field.value));
  if (place == kNoRecord) return place;
  if (field.value.kind() == AttributeKind::kString) {
    const std::string_view kept = telemetry::cut(field.value.text());
    write_text(memory_.data() + place, field.key, kept);
    if (kept.size() < field.value.text().size()) cut(CutReason::kTooLong);
  } else {
    write_bits(memory_.data() + place, field.key, field.value.kind(), field.value.bits());
  }
  return place;
}

// Offsets, not references: memory moves when it grows.
void TraceBuffer::add_event(RecordOffset offset, const SpanEventType& type, std::uint64_t now_ns,
                            std::initializer_list<Field> fields) noexcept {
  SpanExtra* owner = extra(offset);
  if (owner == nullptr) return cut(CutReason::kNoMemory);
  const bool is_full = owner->event_count == kSpanEventsMax;
  const RecordOffset place = is_full ? kNoRecord : allocate(sizeof(EventRecord));
  owner = extra(offset);
  if (place == kNoRecord) {
    ++owner->dropped_event_count;
    return cut(is_full ? CutReason::kEventLimit : CutReason::kNoMemory);
  }
  new (memory_.data() + place) EventRecord{&type, now_ns, kNoRecord, {}, 0};
  append<EventRecord>(owner->events, place);
  ++owner->event_count;
  for (const Field& field : fields) add_event_field(place, field);
}

void TraceBuffer::add_event_field(RecordOffset event, const Field& field) noexcept {
  if (field.value.kind() == AttributeKind::kNone) return;
  const bool is_declared = at<EventRecord>(event)->type->attributes.declares(field.key);
  const RecordOffset place = is_declared ? add_field(field) : kNoRecord;
  if (place == kNoRecord) {
    ++at<EventRecord>(event)->dropped_attribute_count;
    return cut(is_declared ? CutReason::kNoMemory : CutReason::kUndeclared);
  }
  append<AttributeRecord>(at<EventRecord>(event)->attributes, place);
}

void TraceBuffer::add_link(RecordOffset offset, const TraceId& linked_trace,
                           const SpanId& linked_span) noexcept {
  SpanExtra* owner = extra(offset);
  if (owner == nullptr) return cut(CutReason::kNoMemory);
  const bool is_full = owner->link_count == kSpanLinksMax;
  const RecordOffset place = is_full ? kNoRecord : allocate(sizeof(LinkRecord));
  owner = extra(offset);
  if (place == kNoRecord) {
    ++owner->dropped_link_count;
    return cut(is_full ? CutReason::kLinkLimit : CutReason::kNoMemory);
  }
  new (memory_.data() + place) LinkRecord{linked_trace, linked_span, kNoRecord};
  append<LinkRecord>(owner->links, place);
  ++owner->link_count;
}

void TraceBuffer::pend(const PendingExemplar& exemplar) noexcept {
  if (exemplar_count_ < kPendingExemplarsMax) exemplars_[exemplar_count_++] = exemplar;
}

}  // namespace vigie::telemetry
