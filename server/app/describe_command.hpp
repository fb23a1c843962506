#pragma once

#include <span>
#include <string_view>

namespace vigie::app {

/// An option of `vigie describe`, and what it prints. Literals.
struct DescriptionSubject {
  std::string_view name;
  std::string_view help;
};

/// What `describe_to_stdout` knows: "catalogue", "config", "openapi", "routes".
std::span<const DescriptionSubject> description_subjects();

/// Prints one subject. Pre: it is one of the subjects.
int describe_to_stdout(std::string_view subject);

}  // namespace vigie::app
