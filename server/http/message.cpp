#include "server/http/message.hpp"

#include <algorithm>
#include <array>

namespace vigie::http {

namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

// RFC 9110, section 5.5: what would end the field, or is no field content, must not get in.
bool is_field_value(std::string_view value) noexcept {
  return std::none_of(value.begin(), value.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

}  // namespace

std::string_view name_of(Method method) noexcept {
  static constexpr std::array<std::string_view, 10> kNames = {
      "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "_OTHER"};
  return kNames[static_cast<std::size_t>(method)];
}

std::optional<std::string_view> RequestHeaders::first(std::string_view name) const noexcept {
  for (const HeaderView& field : fields_) {
    if (equals_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t RequestHeaders::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(std::count_if(
      fields_.begin(), fields_.end(),
      [name](const HeaderView& field) { return equals_ignoring_case(field.name, name); }));
}

bool ResponseHeaders::set(std::string_view name, std::string value) {
  if (!is_field_value(value)) return false;
  std::erase_if(fields_, [name](const Field& f) { return equals_ignoring_case(f.name, name); });
  fields_.push_back({name, std::move(value)});
  return true;
}

bool ResponseHeaders::add(std::string_view name, std::string value) {
  if (!is_field_value(value)) return false;
  constexpr std::size_t kTypicalCount = 10;
  if (fields_.empty()) fields_.reserve(kTypicalCount);
  fields_.push_back({name, std::move(value)});
  return true;
}

const std::string* ResponseHeaders::first(std::string_view name) const noexcept {
  for (const Field& field : fields_) {
    if (equals_ignoring_case(field.name, name)) return &field.value;
  }
  return nullptr;
}

std::uint64_t BodyPieces::length() const noexcept {
  std::uint64_t bytes = 0;
  for (const auto& piece : pieces) {
    const auto* const text = std::get_if<std::string>(&piece);
    bytes += text != nullptr ? text->size() : std::get<FileRange>(piece).length();
  }
  return bytes;
}

FileRange::FileRange(FileRange&& other) noexcept = default;
FileRange& FileRange::operator=(FileRange&& other) noexcept = default;
FileRange::~FileRange() = default;

}  // namespace vigie::http
