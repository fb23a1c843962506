#include "telemetry/otlp/wire_writer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace vigie::telemetry {
namespace {

constexpr std::size_t kTagBytesMax = 5;
constexpr std::size_t kVarintBytesMax = 10;
constexpr std::size_t kPaddedLengthBytes = 4;

static_assert(std::endian::native == std::endian::little, "fixed fields are copied as they are");

constexpr std::uint64_t tag(std::uint32_t field, std::uint32_t wire_type) noexcept {
  return std::uint64_t{field} << 3 | wire_type;
}

}  // namespace

char* WireWriter::room(std::size_t bytes) {
  if (buffer_.size() - size_ < bytes) [[unlikely]] {
    buffer_.resize(std::max({buffer_.size() * 2, size_ + bytes, std::size_t{4096}}));
  }
  return buffer_.data() + size_;
}

char* WireWriter::put_varint(char* out, std::uint64_t value) noexcept {
  for (; value >= 0x80; value >>= 7) *out++ = static_cast<char>(value | 0x80);
  *out++ = static_cast<char>(value);
  return out;
}

WireWriter::Mark WireWriter::begin_message(std::uint32_t field) {
  char* out = put_varint(room(kTagBytesMax + kPaddedLengthBytes), tag(field, kLength));
  advance_to(out + kPaddedLengthBytes);
  return size_;
}

void WireWriter::end_message(Mark mark) noexcept {
  const std::size_t length = size_ - mark;
  char* out = buffer_.data() + mark - kPaddedLengthBytes;
  for (std::size_t i = 0; i < kPaddedLengthBytes; ++i) {
    const std::size_t more = i + 1 < kPaddedLengthBytes ? 0x80 : 0;
    out[i] = static_cast<char>((length >> (7 * i) & 0x7F) | more);
  }
}

void WireWriter::message_of(std::uint32_t field, std::size_t bytes) {
  char* out = put_varint(room(kTagBytesMax + kVarintBytesMax), tag(field, kLength));
  advance_to(put_varint(out, bytes));
}

void WireWriter::varint(std::uint32_t field, std::uint64_t value) {
  char* out = put_varint(room(kTagBytesMax + kVarintBytesMax), tag(field, kVarint));
  advance_to(put_varint(out, value));
}

void WireWriter::fixed32(std::uint32_t field, std::uint32_t value) {
  char* out = put_varint(room(kTagBytesMax + sizeof value), tag(field, kFixed32));
  std::memcpy(out, &value, sizeof value);
  advance_to(out + sizeof value);
}

void WireWriter::fixed64(std::uint32_t field, std::uint64_t value) {
  char* out = put_varint(room(kTagBytesMax + sizeof value), tag(field, kFixed64));
  std::memcpy(out, &value, sizeof value);
  advance_to(out + sizeof value);
}

void WireWriter::number(std::uint32_t field, double value) {
  fixed64(field, std::bit_cast<std::uint64_t>(value));
}

void WireWriter::bytes(std::uint32_t field, std::string_view value) {
  char* out = put_varint(room(kTagBytesMax + kVarintBytesMax + value.size()), tag(field, kLength));
  out = put_varint(out, value.size());
  std::memcpy(out, value.data(), value.size());
  advance_to(out + value.size());
}

void WireWriter::raw(std::string_view encoded) {
  char* out = room(encoded.size());
  std::memcpy(out, encoded.data(), encoded.size());
  advance_to(out + encoded.size());
}

}  // namespace vigie::telemetry
