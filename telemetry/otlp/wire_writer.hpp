#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace vigie::telemetry {

/// Writes protobuf's wire format front to back. A message whose length is not known beforehand gets
/// a length of four bytes, padded as the format allows, that is filled in at its end.
class WireWriter {
 public:
  using Mark = std::size_t;

  static constexpr std::size_t varint_size(std::uint64_t value) noexcept {
    std::size_t size = 1;
    for (; value >= 0x80; value >>= 7) ++size;
    return size;
  }

  /// Pre: the message stays under 2^28 bytes.
  Mark begin_message(std::uint32_t field);
  void end_message(Mark mark) noexcept;
  /// Begins a message of a length that is known: no end is written.
  void message_of(std::uint32_t field, std::size_t bytes) { write(field, kLength, bytes); }

  void varint(std::uint32_t field, std::uint64_t value) { write(field, kVarint, value); }
  void fixed32(std::uint32_t field, std::uint32_t value) {
    copy(put_varint(room(kTagBytesMax + sizeof value), tag(field, kFixed32)), value);
  }
  void fixed64(std::uint32_t field, std::uint64_t value) {
    copy(put_varint(room(kTagBytesMax + sizeof value), tag(field, kFixed64)), value);
  }
  void number(std::uint32_t field, double value) {
    fixed64(field, std::bit_cast<std::uint64_t>(value));
  }
  /// Strings must be UTF-8.
  void bytes(std::uint32_t field, std::string_view value) {
    char* out =
        put_varint(room(kTagBytesMax + kVarintBytesMax + value.size()), tag(field, kLength));
    out = put_varint(out, value.size());
    std::memcpy(out, value.data(), value.size());
    advance_to(out + value.size());
  }
  void bytes(std::uint32_t field, const std::uint8_t* value, std::size_t size) {
    bytes(field, {reinterpret_cast<const char*>(value), size});
  }

  std::size_t size() const noexcept { return size_; }
  std::string_view view() const noexcept { return {buffer_.data(), size_}; }
  /// Starts afresh and keeps the memory.
  void clear() noexcept { size_ = 0; }

 private:
  enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

  static constexpr std::size_t kTagBytesMax = 5;
  static constexpr std::size_t kVarintBytesMax = 10;

  static constexpr std::uint64_t tag(std::uint32_t field, WireType type) noexcept {
    return std::uint64_t{field} << 3 | type;
  }
  static char* put_varint(char* out, std::uint64_t value) noexcept {
    for (; value >= 0x80; value >>= 7) *out++ = static_cast<char>(value | 0x80);
    *out++ = static_cast<char>(value);
    return out;
  }
  template <typename Word>
  void copy(char* out, Word value) noexcept {
    static_assert(std::endian::native == std::endian::little, "words are copied as they are");
    std::memcpy(out, &value, sizeof value);
    advance_to(out + sizeof value);
  }
  void write(std::uint32_t field, WireType type, std::uint64_t value) {
    char* out = put_varint(room(kTagBytesMax + kVarintBytesMax), tag(field, type));
    advance_to(put_varint(out, value));
  }
  char* room(std::size_t bytes) {
    if (buffer_.size() - size_ < bytes) [[unlikely]] {
      grow(bytes);
    }
    return buffer_.data() + size_;
  }
  void grow(std::size_t bytes);
  void advance_to(const char* end) noexcept {
    size_ = static_cast<std::size_t>(end - buffer_.data());
  }

  /// Its size is the room there is; what is written ends at `size_`.
  std::string buffer_;
  std::size_t size_ = 0;
};

}  // namespace vigie::telemetry
