#include "server/http/content_coding.hpp"

#include <algorithm>
#include <optional>

#include "server/http/ascii.hpp"
#include "server/http/field_list.hpp"

namespace vigie::http {
namespace {

constexpr int kWholeWeight = 1'000;

/// In thousandths (RFC 9110, 12.4.2). What is no weight counts as none given.
int weight_of(std::string_view text) noexcept {
  const bool is_weight = !text.empty() && text.size() <= 5 && (text[0] == '0' || text[0] == '1') &&
                         (text.size() == 1 || text[1] == '.');
  if (!is_weight || text[0] == '1') return kWholeWeight;
  int weight = 0;
  int digit_value = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return kWholeWeight;
    weight += (c - '0') * digit_value;
    digit_value /= 10;
  }
  return weight;
}

int weight_in(std::string_view parameters) noexcept {
  while (!parameters.empty()) {
    std::string_view value = next_element(parameters, ';');
    if (equals_ignoring_case(trimmed(next_part(value, '=')), "q")) return weight_of(trimmed(value));
  }
  return kWholeWeight;
}

bool names(std::string_view element, std::string_view coding) noexcept {
  constexpr std::string_view kOldPrefix = "x-";  // RFC 9110, 8.4.1.3: x-gzip is gzip
  if (equals_ignoring_case(element, coding)) return true;
  return equals_ignoring_case(element.substr(0, 2), kOldPrefix) &&
         equals_ignoring_case(element.substr(2 < element.size() ? 2 : element.size()), coding);
}

}  // namespace

bool prefers_coding(std::string_view accept_encoding, std::string_view coding) noexcept {
  std::optional<int> wanted;
  std::optional<int> plain;
  std::optional<int> others;
  while (!accept_encoding.empty()) {
    std::string_view element = next_element(accept_encoding, ',');
    const std::string_view name = next_element(element, ';');
    const int weight = weight_in(element);
    if (name == "*") others = weight;
    if (names(name, coding)) wanted = weight;
    if (equals_ignoring_case(name, "identity")) plain = weight;
  }
  const int weight = wanted.value_or(others.value_or(0));
  return weight > 0 && weight >= plain.value_or(0);
}

}  // namespace vigie::http
