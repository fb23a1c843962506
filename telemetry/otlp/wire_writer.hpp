#pragma once

#include <cstddef>
#include <cstdint>
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
  void message_of(std::uint32_t field, std::size_t bytes);

  void varint(std::uint32_t field, std::uint64_t value);
  void fixed32(std::uint32_t field, std::uint32_t value);
  void fixed64(std::uint32_t field, std::uint64_t value);
  void number(std::uint32_t field, double value);
  /// Strings must be UTF-8.
  void bytes(std::uint32_t field, std::string_view value);
  void bytes(std::uint32_t field, const std::uint8_t* value, std::size_t size) {
    bytes(field, {reinterpret_cast<const char*>(value), size});
  }
  /// Fields that are encoded already.
  void raw(std::string_view encoded);

  std::size_t size() const noexcept { return size_; }
  std::string_view view() const noexcept { return {buffer_.data(), size_}; }
  /// Starts afresh and keeps the memory.
  void clear() noexcept { size_ = 0; }

 private:
  enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

  char* room(std::size_t bytes);
  static char* put_varint(char* out, std::uint64_t value) noexcept;
  void advance_to(const char* end) noexcept {
    size_ = static_cast<std::size_t>(end - buffer_.data());
  }

  /// Its size is the room there is; what is written ends at `size_`.
  std::string buffer_;
  std::size_t size_ = 0;
};

}  // namespace vigie::telemetry
