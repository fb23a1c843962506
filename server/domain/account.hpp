#pragma once

#include <string>

#include "server/domain/clock.hpp"
#include "server/domain/id.hpp"
#include "server/domain/principal.hpp"

namespace vigie::domain {

struct Account {
  AccountId id;
  /// Stored and compared in lower case.
  std::string email;
  std::string display_name;
  Role role = Role::kUser;
  /// argon2id in PHC string format; never leaves the server.
  std::string password_hash;
  Timestamp created_at{};
};

struct AccountLimits {
  static constexpr std::size_t kEmailBytesMax = 254;  // RFC 5321, 4.5.3.1.3
  static constexpr std::size_t kDisplayNameCharactersMax = 100;
  static constexpr std::size_t kPasswordBytesMin = 12;
  static constexpr std::size_t kPasswordBytesMax = 256;
};

}  // namespace vigie::domain
