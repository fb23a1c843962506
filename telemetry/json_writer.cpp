#include "telemetry/json_writer.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "telemetry/hexadecimal.hpp"
#include "telemetry/utf8.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::string_view kSpecial = "\"\\\b\f\n\r\t";
constexpr std::string_view kLetters = "\"\\bfnrt";
constexpr std::size_t kNumberBytesMax = 32;
constexpr std::size_t kEscapeBytesMax = 6;

// Writes the escape of a control character, quotation mark or backslash; returns its end.
char* write_escape(char* out, char c) noexcept {
  *out++ = '\\';
  if (const std::size_t i = kSpecial.find(c); i != std::string_view::npos) {
    *out++ = kLetters[i];
    return out;
  }
  const auto byte = static_cast<unsigned char>(c);
  for (char digit : {'u', '0', '0', kLowerHexDigits[byte >> 4], kLowerHexDigits[byte & 15]})
    *out++ = digit;
  return out;
}

}  // namespace

JsonWriter::JsonWriter(std::size_t reserve) : buffer_(reserve, '\0') {}

void JsonWriter::grow(std::size_t bytes) {
  buffer_.resize(std::max(buffer_.size() * 2, size_ + bytes));
}

JsonWriter& JsonWriter::begin_object() {
  *room(1) = '{';
  ++size_;
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  *room(1) = '[';
  ++size_;
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  close('}');
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  close(']');
  return *this;
}

void JsonWriter::close(char bracket) {
  room(2);
  if (size_ > 0 && buffer_[size_ - 1] == ',') --size_;
  buffer_[size_++] = bracket;
  buffer_[size_++] = ',';
}

JsonWriter& JsonWriter::key(std::string_view name) {
  append_escaped(name);
  buffer_[size_ - 1] = ':';
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  append_escaped(text);
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  char* out = room(json.size() + 1);
  std::memcpy(out, json.data(), json.size());
  out[json.size()] = ',';
  size_ += json.size() + 1;
  return *this;
}

// Appends the quoted text and a comma: a key turns it into a colon.
void JsonWriter::append_escaped(std::string_view text) {
  const std::size_t plain_size = plain_length(text);
  if (plain_size == text.size()) [[likely]] {
    plain(text, ',');
    return;
  }
  char* out = room(text.size() * kEscapeBytesMax + 3);
  *out++ = '"';
  while (!text.empty()) {
    const std::size_t run = plain_length(text);
    out = std::copy_n(text.data(), run, out);
    text.remove_prefix(run);
    if (text.empty()) break;
    const std::size_t length = utf8_character_length(text);
    const std::string_view bytes = length == 0 ? kReplacementCharacter : text.substr(0, length);
    out = length == 1 ? write_escape(out, text[0]) : std::copy(bytes.begin(), bytes.end(), out);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  *out++ = '"';
  *out++ = ',';
  size_ = static_cast<std::size_t>(out - buffer_.data());
}

JsonWriter& JsonWriter::write_signed(std::int64_t number) {
  char* out = room(kNumberBytesMax);
  char* end = std::to_chars(out, out + kNumberBytesMax, number).ptr;
  *end = ',';
  size_ += static_cast<std::size_t>(end - out) + 1;
  return *this;
}

JsonWriter& JsonWriter::write_unsigned(std::uint64_t number) {
  char* out = room(kNumberBytesMax);
  char* end = std::to_chars(out, out + kNumberBytesMax, number).ptr;
  *end = ',';
  size_ += static_cast<std::size_t>(end - out) + 1;
  return *this;
}

JsonWriter& JsonWriter::write_double(double number) {
  if (!std::isfinite(number)) return null();
  char* out = room(kNumberBytesMax);
  char* end = std::to_chars(out, out + kNumberBytesMax, number).ptr;
  *end = ',';
  size_ += static_cast<std::size_t>(end - out) + 1;
  return *this;
}

JsonWriter& JsonWriter::end_line() {
  if (size_ > 0) buffer_[size_ - 1] = '\n';
  return *this;
}

std::string_view JsonWriter::view() const noexcept {
  const bool has_comma = size_ > 0 && buffer_[size_ - 1] == ',';
  return {buffer_.data(), has_comma ? size_ - 1 : size_};
}

std::string JsonWriter::take() {
  buffer_.resize(view().size());
  size_ = 0;
  return std::move(buffer_);
}

void JsonWriter::clear() noexcept { size_ = 0; }

}  // namespace vigie::telemetry
