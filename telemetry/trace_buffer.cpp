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

RecordOffset TraceBuffer::begin_span(const SpanType& type, const SpanId& id, RecordOffset parent,
                                     std::uint64_t now_ns) noexcept {
  const RecordOffset offset = allocate(sizeof(SpanRecord));
  if (offset == kNoRecord) {
    ++lost_span_count_;
    return kNoRecord;
  }
  new (memory_.data() + offset)
      SpanRecord{&type, now_ns, 0, id, parent, kNoRecord, kNoRecord, kNoRecord, 0, 0, 0, false};
  (last_span_ == kNoRecord ? first_span_ : span(last_span_).next) = offset;
  last_span_ = offset;
  ++span_count_;
  last_ns_ = now_ns;
  return offset;
}

void TraceBuffer::end_span(RecordOffset offset, std::uint64_t now_ns) noexcept {
  span(offset).end_ns = now_ns;
  last_ns_ = now_ns;
}

void TraceBuffer::set_name(RecordOffset offset, std::string_view name) noexcept {
  name = cut_utf8(name, kAttributeBytesMax);
  const RecordOffset text = allocate(name.size());
  if (text == kNoRecord) return;
  std::memcpy(memory_.data() + text, name.data(), name.size());
  span(offset).name = text;
  span(offset).name_size = static_cast<std::uint16_t>(name.size());
}

std::string_view TraceBuffer::name_of(const SpanRecord& record) const noexcept {
  if (record.name_size == 0) return record.type->name;
  return {reinterpret_cast<const char*>(memory_.data()) + record.name, record.name_size};
}

std::optional<CutReason> TraceBuffer::set_text(RecordOffset offset, const AttributeKey& key,
                                               std::string_view text) noexcept {
  const AttributeList& declared = span(offset).type->attributes;
  const std::size_t index = declared_index(declared, key);
  if (index == declared.size()) return CutReason::kUndeclared;
  const std::string_view kept = cut(text);
  const RecordOffset place = allocate(record_bytes(kept));
  if (place == kNoRecord) return CutReason::kNoMemory;
  write_text(memory_.data() + place, key, kept)->next = kNoRecord;
  link_attribute(span(offset), index, place);
  return kept.size() < text.size() ? std::optional(CutReason::kTooLong) : std::nullopt;
}

std::optional<CutReason> TraceBuffer::set_bits(RecordOffset offset, const AttributeKey& key,
                                               AttributeKind kind, std::int64_t bits) noexcept {
  const AttributeList& declared = span(offset).type->attributes;
  const std::size_t index = declared_index(declared, key);
  if (index == declared.size()) return CutReason::kUndeclared;
  const RecordOffset place = allocate(sizeof(AttributeRecord));
  if (place == kNoRecord) return CutReason::kNoMemory;
  write_bits(memory_.data() + place, key, kind, bits)->next = kNoRecord;
  link_attribute(span(offset), index, place);
  return std::nullopt;
}

void TraceBuffer::link_attribute(SpanRecord& owner, std::size_t index,
                                 RecordOffset place) noexcept {
  const auto bit = static_cast<std::uint16_t>(1U << index);
  if ((owner.attributes_set & bit) != 0) remove_attribute(owner, *attribute(place).key);
  owner.attributes_set = static_cast<std::uint16_t>(owner.attributes_set | bit);
  (owner.last_attribute == kNoRecord ? owner.first_attribute
                                     : at<AttributeRecord>(owner.last_attribute)->next) = place;
  owner.last_attribute = place;
}

void TraceBuffer::remove_attribute(SpanRecord& owner, const AttributeKey& key) noexcept {
  for (RecordOffset i = owner.first_attribute; i != kNoRecord; i = attribute(i).next) {
    if (attribute(i).key == &key) at<AttributeRecord>(i)->kind = AttributeKind::kNone;
  }
}

void TraceBuffer::pend(const PendingExemplar& exemplar) noexcept {
  if (exemplar_count_ < kPendingExemplarsMax) exemplars_[exemplar_count_++] = exemplar;
}

}  // namespace vigie::telemetry
