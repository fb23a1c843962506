#include "telemetry/otlp/wire_writer.hpp"

#include <algorithm>

namespace vigie::telemetry {
namespace {

constexpr std::size_t kPaddedLengthBytes = 4;
constexpr std::size_t kFirstBytes = 4096;

}  // namespace

void WireWriter::grow(std::size_t bytes) {
  buffer_.resize(std::max({buffer_.size() * 2, size_ + bytes, kFirstBytes}));
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

}  // namespace vigie::telemetry
