#include "server/http/media_type.hpp"

#include "server/http/ascii.hpp"
#include "server/http/field_list.hpp"

namespace vigie::http {
namespace {

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

/// What follows the range in an element of Accept.
struct RangeParameters {
  bool has_zero_weight = false;
  /// It is about some forms of the type only; none of ours has parameters that tell them apart.
  bool is_partial = false;
};

RangeParameters read_parameters(std::string_view rest) noexcept {
  RangeParameters parameters;
  while (!rest.empty()) {
    std::string_view value = next_element(rest, ';');
    const std::string_view name = trimmed(next_part(value, '='));
    if (equals_ignoring_case(name, "q")) {
      parameters.has_zero_weight = is_zero_weight(trimmed(value));
    } else if (!name.empty()) {
      parameters.is_partial = true;
    }
  }
  return parameters;
}

/// In thousandths; 0 for a weight that is none (RFC 9110, 12.4.2).
int thousandths(std::string_view value) noexcept {
  if (value.starts_with('1')) return 1000;
  if (!value.starts_with("0.")) return 0;
  int weight = 0;
  for (std::size_t i = 2; i < 5; ++i) {
    const bool is_digit = i < value.size() && value[i] >= '0' && value[i] <= '9';
    weight = weight * 10 + (is_digit ? value[i] - '0' : 0);
  }
  return weight;
}

/// What an Accept header gives to exactly this type; 0 when it does not name it.
int weight_of(std::string_view accept, std::string_view media_type) noexcept {
  while (!accept.empty()) {
    std::string_view element = next_element(accept, ',');
    if (!equals_ignoring_case(next_element(element, ';'), media_type)) continue;
    int weight = 1000;
    while (!element.empty()) {
      std::string_view value = next_element(element, ';');
      if (equals_ignoring_case(trimmed(next_part(value, '=')), "q")) {
        weight = thousandths(trimmed(value));
      }
    }
    return weight;
  }
  return 0;
}

}  // namespace

bool is_content_type(std::string_view content_type, std::string_view media_type) noexcept {
  return equals_ignoring_case(next_element(content_type, ';'), media_type);
}

bool accepts(std::string_view accept, std::string_view media_type) noexcept {
  bool is_empty = true;
  int best = 0;
  bool is_accepted = false;
  while (!accept.empty()) {
    std::string_view element = next_element(accept, ',');
    if (element.empty()) continue;
    is_empty = false;
    const int match = specificity(next_element(element, ';'), media_type);
    const RangeParameters parameters = read_parameters(element);
    // Who wants none of some forms may well want the one there is.
    if (match <= best || (parameters.is_partial && parameters.has_zero_weight)) continue;
    best = match;
    is_accepted = !parameters.has_zero_weight;
  }
  return is_empty || is_accepted;
}

bool prefers_html(std::string_view accept) noexcept {
  return weight_of(accept, media_types::kHtml) > 0 &&
         weight_of(accept, media_types::kHtml) >= weight_of(accept, media_types::kJson);
}

}  // namespace vigie::http
