#include "server/storage/account_rows.hpp"

#include <optional>
#include <utility>

#include "server/domain/account_rules.hpp"
#include "server/storage/sqlstate.hpp"

namespace vigie::storage {

domain::Result<domain::Account> read_account(const Rows& rows, int row, int first) {
  const auto role = domain::parse_role(rows.text(row, first + 3));
  if (!role) return error_of(domain::Code::kInternal, "an account has an unknown role");
  domain::Account account{.id = {rows.uuid(row, first)},
                          .email = rows.string(row, first + 1),
                          .display_name = rows.string(row, first + 2),
                          .role = *role,
                          .password_hash = rows.string(row, first + 4),
                          .created_at = rows.timestamp(row, first + 5),
                          .disabled_at = std::nullopt,
                          .credentials_version = rows.integer(row, first + 7)};
  if (!rows.is_null(row, first + 6)) account.disabled_at = rows.timestamp(row, first + 6);
  return account;
}

domain::Result<std::optional<domain::Account>> first_account(const domain::Result<Rows>& rows) {
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<domain::Account>{};
  auto account = read_account(*rows, 0);
  if (!account) return std::move(account).error();
  return std::optional(*std::move(account));
}

domain::Result<void> one_changed(const domain::Result<Rows>& changed) {
  if (!changed) return changed.error();
  if (changed->affected() == 0) return domain::account_not_found();
  return {};
}

}  // namespace vigie::storage
