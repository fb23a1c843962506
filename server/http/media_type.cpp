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

}  // namespace vigie::http
