#include "server/http/media_type.hpp"

#include "server/http/ascii.hpp"

namespace vigie::http {
namespace {

std::string_view unquoted(std::string_view value) noexcept {
  const bool is_quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return is_quoted ? value.substr(1, value.size() - 2) : value;
}

/// How exactly `range` names the type: 3 for type/subtype, 2 for type/*, 1 for */*, 0 not at all.
int specificity(std::string_view range, std::string_view media_type) noexcept {
  if (equals_ignoring_case(range, media_type)) return 3;
  if (range == "*/*") return 1;
  const std::string_view type = media_type.substr(0, media_type.find('/') + 1);
  const bool covers_type = range.size() == type.size() + 1 && range.back() == '*' &&
                           equals_ignoring_case(range.substr(0, type.size()), type);
  return covers_type ? 2 : 0;
}

/// A weight is 0 when all its digits are.
bool is_zero_weight(std::string_view value) noexcept {
  return !value.empty() && value.find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

bool is_content_type(std::string_view content_type, std::string_view media_type) noexcept {
  if (!equals_ignoring_case(trimmed(next_part(content_type, ';')), media_type)) return false;
  while (!content_type.empty()) {
    std::string_view value = next_part(content_type, ';');
    const std::string_view name = trimmed(next_part(value, '='));
    const bool is_other_charset = equals_ignoring_case(name, "charset") &&
                                  !equals_ignoring_case(unquoted(trimmed(value)), "utf-8");
    if (is_other_charset) return false;
  }
  return true;
}

bool accepts(std::string_view accept, std::string_view media_type) noexcept {
  if (trimmed(accept).empty()) return true;
  int best = 0;
  bool is_accepted = false;
  while (!accept.empty()) {
    std::string_view element = next_part(accept, ',');
    const int match = specificity(trimmed(next_part(element, ';')), media_type);
    bool is_refused = false;
    while (!element.empty()) {
      std::string_view value = next_part(element, ';');
      const std::string_view name = trimmed(next_part(value, '='));
      if (equals_ignoring_case(name, "q")) is_refused = is_zero_weight(trimmed(value));
    }
    if (match > best) {
      best = match;
      is_accepted = !is_refused;
    }
  }
  return is_accepted;
}

}  // namespace vigie::http
