#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "server/domain/field_faults.hpp"

namespace vigie::domain {

struct PasswordLimits {
  static constexpr std::size_t kCharactersMin = 12;  // Unicode code points
  static constexpr std::size_t kCharactersMax = 256;
  /// Of a password that may be one: four bytes a character.
  static constexpr std::size_t kBytesMax = 4 * kCharactersMax;
};

/// Whose password it is to be: nobody's name is a secret. A parameter type.
struct PasswordOwner {
  std::string_view email;
  std::string_view display_name;
};

/// What is wrong with a password (NIST SP 800-63B, 5.1.1.2; OWASP ASVS 2.1): its length in
/// characters, and that it is what is tried first. Nothing is asked of its composition, and it is
/// taken byte for byte.
void check_password(FieldFaults& faults, std::string_view pointer, std::string_view password,
                    const PasswordOwner& owner);

/// Words in the order of their bytes, each with a space behind it
/// (server/domain/passwords/README.md).
extern const std::string_view kCommonPasswords;

/// Of a text in lower case.
bool is_common_password(std::string_view text);

}  // namespace vigie::domain
