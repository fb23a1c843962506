#include "server/storage/account_store.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "server/domain/account_rules.hpp"
#include "server/storage/account_rows.hpp"
#include "server/storage/sql/accounts.hpp"
#include "server/storage/sqlstate.hpp"

namespace vigie::storage {
namespace {

using domain::Account;

/// Of a statement that says whether it has changed the account that there is.
domain::Result<bool> whether_changed(const domain::Result<Rows>& rows) {
  if (!rows) return rows.error();
  if (rows->empty()) return domain::account_not_found();
  return rows->boolean(0, 0);
}

}  // namespace

domain::Result<void> PgAccountStore::insert(const domain::Context& context,
                                            const Account& account) {
  Parameters parameters;
  parameters.uuid(account.id.uuid)
      .text(account.email)
      .text(account.display_name)
      .text(domain::name_of(account.role))
      .text(account.password_hash)
      .timestamp(account.created_at);
  const auto inserted = database_.exec(context, sql::accounts::kInsert, parameters);
  if (!inserted) return inserted.error();
  if (inserted->affected() == 0) return error_of(domain::Code::kEmailTaken, "");
  return {};
}

domain::Result<std::optional<Account>> PgAccountStore::find(const domain::Context& context,
                                                            domain::AccountId id) {
  return first_account(database_.exec(context, sql::accounts::kFind, Parameters().uuid(id.uuid)));
}

domain::Result<std::optional<Account>> PgAccountStore::find_by_email(const domain::Context& context,
                                                                     std::string_view email) {
  return first_account(
      database_.exec(context, sql::accounts::kFindByEmail, Parameters().text(email)));
}

domain::Result<void> PgAccountStore::replace_password_hash(const domain::Context& context,
                                                           const Account& account,
                                                           std::string_view hash) {
  Parameters parameters;
  parameters.uuid(account.id.uuid).text(account.password_hash).text(hash);
  const auto replaced = database_.exec(context, sql::accounts::kReplacePasswordHash, parameters);
  if (!replaced) return replaced.error();
  return {};
}

domain::Result<std::vector<Account>> PgAccountStore::list(const domain::Context& context,
                                                          const domain::AccountFilter& filter) {
  Parameters parameters;
  parameters.integer(filter.is_disabled_only ? 1 : 0).integer(filter.limit);
  const auto rows = database_.exec(context, sql::accounts::kList, parameters);
  if (!rows) return rows.error();
  std::vector<Account> accounts;
  for (int row = 0; row < rows->count(); ++row) {
    auto account = read_account(*rows, row);
    if (!account) return std::move(account).error();
    accounts.push_back(*std::move(account));
  }
  return accounts;
}

domain::Result<void> PgAccountStore::set_password_hash(const domain::Context& context,
                                                       domain::AccountId id,
                                                       std::string_view hash) {
  return one_changed(database_.exec(context, sql::accounts::kSetPasswordHash,
                                    Parameters().uuid(id.uuid).text(hash)));
}

domain::Result<bool> PgAccountStore::disable(const domain::Context& context, domain::AccountId id,
                                             domain::Timestamp now) {
  return whether_changed(
      database_.exec(context, sql::accounts::kDisable, Parameters().uuid(id.uuid).timestamp(now)));
}

domain::Result<bool> PgAccountStore::enable(const domain::Context& context, domain::AccountId id) {
  return whether_changed(
      database_.exec(context, sql::accounts::kEnable, Parameters().uuid(id.uuid)));
}

domain::Result<void> PgAccountStore::erase(const domain::Context& context, domain::AccountId id,
                                           domain::Timestamp now) {
  return one_changed(
      database_.exec(context, sql::accounts::kErase, Parameters().uuid(id.uuid).timestamp(now)));
}

domain::Result<void> PgAccountStore::record(const domain::Context& context,
                                            const domain::AccountChangeRecord& record) {
  Parameters parameters;
  parameters.uuid(record.account_id.uuid)
      .timestamp(record.changed_at)
      .text(domain::name_of(record.change));
  record.actor_id ? parameters.uuid(record.actor_id->uuid) : parameters.null_uuid();
  const auto inserted =
      database_.exec(context, sql::accounts::kRecord, parameters.text(record.correlation_id));
  if (!inserted) return inserted.error();
  return {};
}

domain::Result<std::vector<domain::AccountChangeRecord>> PgAccountStore::history(
    const domain::Context& context, domain::AccountId id, std::int64_t limit) {
  const auto rows =
      database_.exec(context, sql::accounts::kHistory, Parameters().uuid(id.uuid).integer(limit));
  if (!rows) return rows.error();
  std::vector<domain::AccountChangeRecord> records;
  for (int row = 0; row < rows->count(); ++row) {
    const auto change = domain::parse_account_change(rows->text(row, 1));
    if (!change) return error_of(domain::Code::kInternal, "an unknown change of an account");
    records.push_back({.account_id = id,
                       .changed_at = rows->timestamp(row, 0),
                       .change = *change,
                       .actor_id = std::nullopt,
                       .correlation_id = rows->string(row, 3)});
    if (!rows->is_null(row, 2)) records.back().actor_id = domain::AccountId{rows->uuid(row, 2)};
  }
  return records;
}

}  // namespace vigie::storage
