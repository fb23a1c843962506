#include "server/storage/parameters.hpp"

#include <bit>
#include <cassert>

#include "server/storage/wire_format.hpp"

namespace vigie::storage {

Parameters& Parameters::uuid(const domain::Uuid& value) {
  begin(wire::kUuidType);
  buffer_.append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
  end();
  return *this;
}

Parameters& Parameters::null_uuid() {
  null(wire::kUuidType);
  return *this;
}

Parameters& Parameters::text(std::string_view value) {
  begin(wire::kTextType);
  buffer_.append(value);
  end();
  return *this;
}

Parameters& Parameters::null_text() {
  null(wire::kTextType);
  return *this;
}

Parameters& Parameters::texts(std::span<const std::string> values) {
  begin(wire::kTextArrayType);
  const bool is_empty = values.empty();
  wire::append(buffer_, std::uint32_t{is_empty ? 0U : 1U});  // dimensions
  wire::append(buffer_, std::uint32_t{0});                   // no NULL among them
  wire::append(buffer_, wire::kTextType);
  if (!is_empty) {
    wire::append(buffer_, static_cast<std::uint32_t>(values.size()));
    wire::append(buffer_, std::uint32_t{1});  // lower bound
  }
  for (const std::string& value : values) {
    wire::append(buffer_, static_cast<std::uint32_t>(value.size()));
    buffer_.append(value);
  }
  end();
  return *this;
}

Parameters& Parameters::bytes(std::span<const std::uint8_t> value) {
  return bytes(std::string_view(reinterpret_cast<const char*>(value.data()), value.size()));
}

Parameters& Parameters::bytes(std::string_view value) {
  begin(wire::kByteaType);
  buffer_.append(value);
  end();
  return *this;
}

Parameters& Parameters::null_bytes() {
  null(wire::kByteaType);
  return *this;
}

Parameters& Parameters::integer(std::int64_t value) {
  begin(wire::kInt8Type);
  wire::append(buffer_, static_cast<std::uint64_t>(value));
  end();
  return *this;
}

Parameters& Parameters::small_integer(std::int32_t value) {
  begin(wire::kInt4Type);
  wire::append(buffer_, static_cast<std::uint32_t>(value));
  end();
  return *this;
}

Parameters& Parameters::real(double value) {
  begin(wire::kFloat8Type);
  wire::append(buffer_, std::bit_cast<std::uint64_t>(value));
  end();
  return *this;
}

Parameters& Parameters::null_real() {
  null(wire::kFloat8Type);
  return *this;
}

Parameters& Parameters::timestamp(domain::Timestamp value) {
  begin(wire::kTimestamptzType);
  wire::append(buffer_, static_cast<std::uint64_t>((value - wire::kEpoch).count()));
  end();
  return *this;
}

Parameters& Parameters::null_timestamp() {
  null(wire::kTimestamptzType);
  return *this;
}

Parameters::Slot Parameters::slot(std::size_t index) const {
  const Place& place = slots_[index];
  if (place.length < 0) return {place.type, nullptr, 0};
  return {place.type, buffer_.data() + place.offset, place.length};
}

void Parameters::begin(std::uint32_t type) {
  assert(slots_.size() < kMax);  // statements are constants of storage; none has more
  if (slots_.empty()) slots_.reserve(8);
  slots_.push_back({type, buffer_.size(), 0});
}

void Parameters::end() {
  slots_.back().length = static_cast<int>(buffer_.size() - slots_.back().offset);
}

void Parameters::null(std::uint32_t type) {
  begin(type);
  slots_.back().length = -1;
}

}  // namespace vigie::storage
