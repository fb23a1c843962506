#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/domain/id.hpp"

namespace vigie::domain {

enum class Role : std::uint8_t { kUser, kOrganiser, kAdministrator };

inline constexpr std::array<std::string_view, 3> kRoleNames = {"user", "organiser",
                                                               "administrator"};

constexpr std::string_view name_of(Role role) noexcept {
  return kRoleNames[static_cast<std::size_t>(role)];
}
std::optional<Role> parse_role(std::string_view text);

/// On whose behalf something is done. Without an account: an anonymous caller.
struct Principal {
  std::optional<AccountId> account_id;
  Role role = Role::kUser;
  /// The sign-in that the caller's token came from; nothing: the token does not say.
  std::optional<SessionId> session_id;

  bool is_anonymous() const noexcept { return !account_id.has_value(); }
  bool is_administrator() const noexcept { return !is_anonymous() && role == Role::kAdministrator; }
  bool operator==(const Principal&) const = default;
};

}  // namespace vigie::domain
