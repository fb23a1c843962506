#pragma once

#include <cstdint>
#include <optional>
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
  /// Since when it may not sign in; nothing: it may.
  std::optional<Timestamp> disabled_at;
  /// Grows when what opens sessions changes: its password, or whether it may.
  std::int64_t credentials_version = 0;
};

struct AccountLimits {
  static constexpr std::size_t kEmailBytesMax = 254;  // RFC 5321, 4.5.3.1.3
  static constexpr std::size_t kDisplayNameCharactersMax = 100;
  static constexpr std::size_t kPasswordBytesMin = 12;
  static constexpr std::size_t kPasswordBytesMax = 256;
};

}  // namespace vigie::domain
