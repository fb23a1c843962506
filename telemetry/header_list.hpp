#pragma once

#include <string_view>

/// Lists in HTTP header fields.
namespace vigie::telemetry {

/// Without blanks and tabs around it.
constexpr std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// What is before the next separator, trimmed, taken off the front of `list`.
constexpr std::string_view next_of(std::string_view& list, char separator) noexcept {
  const std::size_t end = list.find(separator);
  const std::string_view part = list.substr(0, end);
  list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
  return trimmed(part);
}

}  // namespace vigie::telemetry
