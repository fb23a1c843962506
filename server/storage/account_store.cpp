#include "server/storage/account_store.hpp"

#include <utility>

#include "server/storage/sqlstate.hpp"

namespace vigie::storage {
namespace {

using domain::Account;

/// A taken e-mail is no error of PostgreSQL, which would write the address into its log.
constexpr Query kInsert{
    .name = QueryName::kAccountsInsert,
    .sql =
        "INSERT INTO accounts (id, email, display_name, role, password_hash, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (email) DO NOTHING",
    .operation = "INSERT",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kAccountsInsert)};

constexpr Query kFind{
    .name = QueryName::kAccountsFind,
    .sql =
        "SELECT id, email, display_name, role, password_hash, created_at FROM accounts "
        "WHERE id = $1",
    .operation = "SELECT",
    .is_read = true,
    .statement = statement_of(QueryName::kAccountsFind)};

constexpr Query kFindByEmail{
    .name = QueryName::kAccountsFindByEmail,
    .sql =
        "SELECT id, email, display_name, role, password_hash, created_at FROM accounts "
        "WHERE email = $1",
    .operation = "SELECT",
    .is_read = true,
    .statement = statement_of(QueryName::kAccountsFindByEmail)};

constexpr Query kReplacePasswordHash{
    .name = QueryName::kAccountsReplacePasswordHash,
    .sql = "UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
    .operation = "UPDATE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kAccountsReplacePasswordHash)};

domain::Result<std::optional<Account>> first_account(domain::Result<Rows> found) {
  if (!found) return std::move(found).error();
  const Rows& rows = *found;
  if (rows.empty()) return std::optional<Account>{};
  const auto role = domain::parse_role(rows.text(0, 3));
  if (!role) return error_of(domain::Code::kInternal, "an account has an unknown role");
  return std::optional(Account{.id = {rows.uuid(0, 0)},
                               .email = rows.string(0, 1),
                               .display_name = rows.string(0, 2),
                               .role = *role,
                               .password_hash = rows.string(0, 4),
                               .created_at = rows.timestamp(0, 5)});
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
  const auto inserted = database_.exec(context, kInsert, parameters);
  if (!inserted) return inserted.error();
  if (inserted->affected() == 0) return error_of(domain::Code::kEmailTaken, "");
  return {};
}

domain::Result<std::optional<Account>> PgAccountStore::find(const domain::Context& context,
                                                            domain::AccountId id) {
  return first_account(database_.exec(context, kFind, Parameters().uuid(id.uuid)));
}

domain::Result<std::optional<Account>> PgAccountStore::find_by_email(const domain::Context& context,
                                                                     std::string_view email) {
  return first_account(database_.exec(context, kFindByEmail, Parameters().text(email)));
}

domain::Result<void> PgAccountStore::replace_password_hash(const domain::Context& context,
                                                           const Account& account,
                                                           std::string_view hash) {
  Parameters parameters;
  parameters.uuid(account.id.uuid).text(account.password_hash).text(hash);
  const auto replaced = database_.exec(context, kReplacePasswordHash, parameters);
  if (!replaced) return replaced.error();
  return {};
}

}  // namespace vigie::storage
