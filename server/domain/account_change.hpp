#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/domain/clock.hpp"
#include "server/domain/id.hpp"

namespace vigie::domain {

/// What may happen to an account after it was opened.
enum class AccountChange : std::uint8_t {
  kPasswordChanged,  // by who knew the former one, or by an operator
  kResetIssued,      // a token that sets another password
  kPasswordReset,    // by who had such a token
  kSessionsEnded,
  kDisabled,
  kEnabled,
  kErased,
};

inline constexpr std::array<std::string_view, 7> kAccountChangeNames = {
    "password_changed", "reset_issued", "password_reset", "sessions_ended",
    "disabled",         "enabled",      "erased"};

static_assert(kAccountChangeNames.size() == static_cast<std::size_t>(AccountChange::kErased) + 1);

constexpr std::string_view name_of(AccountChange change) noexcept {
  return kAccountChangeNames[static_cast<std::size_t>(change)];
}
std::optional<AccountChange> parse_account_change(std::string_view text);

/// A change as it is kept, also of accounts that are erased.
struct AccountChangeRecord {
  AccountId account_id;
  Timestamp changed_at{};
  AccountChange change = AccountChange::kPasswordChanged;
  /// The account that did it. Nobody: an operator by the command line, or who had the token of a
  /// reset.
  std::optional<AccountId> actor_id;
  std::string correlation_id;
};

/// Which accounts an operator looks for.
struct AccountFilter {
  bool is_disabled_only = false;
  std::int64_t limit = 50;
};

}  // namespace vigie::domain
