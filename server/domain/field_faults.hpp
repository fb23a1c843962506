#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/domain/result.hpp"
#include "server/domain/text.hpp"

namespace vigie::domain {

struct TextRule {
  std::size_t characters_max = 0;  // Unicode code points
  bool is_required = true;         // neither empty nor blank
  bool may_have_lines = false;     // line breaks and tabs
  bool may_turn = true;            // controls of direction, each with its end
};

/// Gathers what is wrong with a request, so that the client learns all of it at once.
class FieldFaults {
 public:
  void add(std::string pointer, std::string message);
  void check_text(std::string_view pointer, std::string_view text, const TextRule& rule);
  void check_range(std::string_view pointer, std::int64_t value, std::int64_t least,
                   std::int64_t most);
  std::vector<FieldFault> take() && { return std::move(faults_); }

 private:
  /// What would make a text look like another one.
  void check_display(std::string_view pointer, const TextFacts& facts, const TextRule& rule);

  std::vector<FieldFault> faults_;
};

/// kValidationFailed that carries the faults.
Error validation_error(std::vector<FieldFault> faults);

}  // namespace vigie::domain
