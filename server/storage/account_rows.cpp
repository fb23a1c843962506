#include "server/storage/account_rows.hpp"

#include <optional>
#include <utility>

#include "server/domain/account_rules.hpp"
#include "server/storage/sql/accounts.hpp"
#include "server/storage/sqlstate.hpp"

namespace vigie::storage {

namespace columns = sql::accounts::columns;

domain::Result<domain::Account> read_account(const Rows& rows, int row, int first) {
  const auto role = domain::parse_role(rows.text(row, first + columns::kRole));
  if (!role) return error_of(domain::Code::kInternal, "an account has an unknown role");
  domain::Account account{
      .id = {rows.uuid(row, first + columns::kId)},
      .email = rows.string(row, first + columns::kEmail),
      .display_name = rows.string(row, first + columns::kDisplayName),
      .role = *role,
      .password_hash = rows.string(row, first + columns::kPasswordHash),
      .created_at = rows.timestamp(row, first + columns::kCreatedAt),
      .disabled_at = std::nullopt,
      .credentials_version = rows.integer(row, first + columns::kCredentialsVersion)};
  if (!rows.is_null(row, first + columns::kDisabledAt))
    account.disabled_at = rows.timestamp(row, first + columns::kDisabledAt);
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
