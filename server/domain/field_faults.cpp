#include "server/domain/field_faults.hpp"

#include <utility>

namespace vigie::domain {

void FieldFaults::add(std::string pointer, std::string message) {
  faults_.push_back({std::move(pointer), std::move(message)});
}

void FieldFaults::check_text(std::string_view pointer, std::string_view text,
                             const TextRule& rule) {
  const auto facts = facts_of(text);
  if (!facts) return add(std::string(pointer), "must be valid UTF-8");
  if (rule.is_required && facts->is_blank) add(std::string(pointer), "must not be blank");
  if (facts->code_points > rule.characters_max) {
    add(std::string(pointer),
        "must have at most " + std::to_string(rule.characters_max) + " characters");
  }
  if (facts->has_control) add(std::string(pointer), "must not contain control characters");
  if (facts->has_line_layout && !rule.may_have_lines) {
    add(std::string(pointer), "must be a single line without tabs");
  }
  check_display(pointer, *facts, rule);
}

void FieldFaults::check_display(std::string_view pointer, const TextFacts& facts,
                                const TextRule& rule) {
  if (facts.has_noncharacter) add(std::string(pointer), "must not contain noncharacters");
  if (facts.has_piled_marks) {
    add(std::string(pointer), "must not have more than 30 marks on one character");
  }
  if (facts.has_direction_control && !rule.may_turn) {
    add(std::string(pointer),
        "must not contain controls of direction (U+202A to U+202E, U+2066 to "
        "U+2069)");
  } else if (facts.has_open_direction) {
    add(std::string(pointer), "must close each control of direction in the line that opens it");
  }
}

void FieldFaults::check_range(std::string_view pointer, std::int64_t value, std::int64_t least,
                              std::int64_t most) {
  if (value >= least && value <= most) return;
  add(std::string(pointer),
      "must be between " + std::to_string(least) + " and " + std::to_string(most));
}

Error validation_error(std::vector<FieldFault> faults) {
  return {.code = Code::kValidationFailed,
          .message = "The request has fields that are not acceptable.",
          .faults = std::move(faults)};
}

}  // namespace vigie::domain
