#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace vigie::telemetry {

/// Writes one JSON text, front to back, into a string. Commas and escapes are its business; that
/// names are unique and ends match beginnings is the caller's. Bytes that are no UTF-8 become
/// U+FFFD; numbers that JSON has not (NaN, infinities) become null.
class JsonWriter {
 public:
  explicit JsonWriter(std::size_t reserve = 512);

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();

  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(std::same_as<bool> auto flag) { return flag ? raw("true") : raw("false"); }
  JsonWriter& value(std::floating_point auto number) {
    return write_double(static_cast<double>(number));
  }
  template <std::integral T>
  requires(!std::same_as<T, bool>) JsonWriter& value(T number) {
    if constexpr (std::signed_integral<T>) return write_signed(number);
    return write_unsigned(static_cast<std::uint64_t>(number));
  }
  /// As `key` and `value`, for ASCII that is known to need no escape: names and words of the code.
  JsonWriter& plain_key(std::string_view name) { return plain(name, ':'); }
  JsonWriter& plain_value(std::string_view text) { return plain(text, ','); }
  JsonWriter& null() { return raw("null"); }
  /// A value that is JSON already.
  JsonWriter& raw(std::string_view json);

  template <typename T>
  JsonWriter& member(std::string_view name, const T& field) {
    return key(name).value(field);
  }

  /// Ends a JSON text with a line feed; another may follow (JSON Lines).
  JsonWriter& end_line();

  /// The text so far, without the open ends.
  std::string_view view() const noexcept;
  /// Gives the finished text away and starts afresh.
  std::string take();
  /// Starts afresh and keeps the memory.
  void clear() noexcept;

 private:
  JsonWriter& write_signed(std::int64_t number);
  JsonWriter& write_unsigned(std::uint64_t number);
  JsonWriter& write_double(double number);
  JsonWriter& plain(std::string_view text, char after) {
    char* out = room(text.size() + 3);
    out[0] = '"';
    std::memcpy(out + 1, text.data(), text.size());
    out[text.size() + 1] = '"';
    out[text.size() + 2] = after;
    size_ += text.size() + 3;
    return *this;
  }
  char* room(std::size_t bytes) {
    if (buffer_.size() - size_ < bytes) [[unlikely]] {
      grow(bytes);
    }
    return buffer_.data() + size_;
  }
  void grow(std::size_t bytes);
  void close(char bracket);
  void append_escaped(std::string_view text);

  /// Its size is the room there is; the text ends at `size_`. Every value is followed by a comma,
  /// which the end of its object or array takes back.
  std::string buffer_;
  std::size_t size_ = 0;
};

}  // namespace vigie::telemetry
