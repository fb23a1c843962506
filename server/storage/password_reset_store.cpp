#include "server/storage/password_reset_store.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "server/storage/account_rows.hpp"

namespace vigie::storage {
namespace {

/// One row is written whether there is such an account or not.
constexpr Query kInsertFor{
    .name = QueryName::kResetsInsertFor,
    .sql =
        "WITH account AS ("
        "SELECT * FROM accounts WHERE email = $4 AND disabled_at IS NULL), "
        "sent_to AS ("
        "SELECT * FROM account WHERE (SELECT count(*) FROM password_resets "
        "WHERE account_id = account.id AND created_at >= $5) < $6), "
        "inserted AS ("
        "INSERT INTO password_resets (hash, account_id, created_at, expires_at) "
        "VALUES ($1, (SELECT id FROM sent_to), $2, $3)) "
        "SELECT id, email, display_name, role, password_hash, created_at, disabled_at, "
        "credentials_version FROM sent_to",
    .operation = "INSERT",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kResetsInsertFor)};

constexpr Query kInsert{
    .name = QueryName::kResetsInsert,
    .sql =
        "INSERT INTO password_resets (hash, account_id, created_at, expires_at) "
        "SELECT $1, id, $2, $3 FROM accounts WHERE id = $4 AND erased_at IS NULL",
    .operation = "INSERT",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kResetsInsert)};

constexpr Query kFind{
    .name = QueryName::kResetsFind,
    .sql =
        "SELECT account.id, email, display_name, role, password_hash, account.created_at, "
        "disabled_at, credentials_version "
        "FROM password_resets AS reset JOIN accounts AS account ON account.id = reset.account_id "
        "WHERE reset.hash = $1 AND reset.expires_at > $2 AND account.erased_at IS NULL",
    .operation = "SELECT",
    .is_read = true,
    .statement = statement_of(QueryName::kResetsFind)};

constexpr Query kUse{.name = QueryName::kResetsUse,
                     .sql =
                         "DELETE FROM password_resets "
                         "WHERE hash = $1 AND account_id IS NOT NULL AND expires_at > $2",
                     .operation = "DELETE",
                     .lane = Lane::kWrite,
                     .statement = statement_of(QueryName::kResetsUse)};

constexpr Query kForgetAll{.name = QueryName::kResetsForgetAll,
                           .sql = "DELETE FROM password_resets WHERE account_id = $1",
                           .operation = "DELETE",
                           .lane = Lane::kWrite,
                           .statement = statement_of(QueryName::kResetsForgetAll)};

constexpr Query kRemoveExpired{.name = QueryName::kResetsRemoveExpired,
                               .sql =
                                   "DELETE FROM password_resets WHERE ctid = ANY (ARRAY("
                                   "SELECT ctid FROM password_resets WHERE expires_at <= $1 "
                                   "ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
                               .operation = "DELETE",
                               .lane = Lane::kWrite,
                               .statement = statement_of(QueryName::kResetsRemoveExpired)};

}  // namespace

domain::Result<std::optional<domain::Account>> PgPasswordResetStore::insert_for(
    const domain::Context& context, const domain::PasswordReset& reset, std::string_view email,
    domain::Timestamp since, std::int64_t most) {
  Parameters parameters;
  parameters.bytes(reset.hash)
      .timestamp(reset.created_at)
      .timestamp(reset.expires_at)
      .text(email)
      .timestamp(since)
      .integer(most);
  return first_account(database_.exec(context, kInsertFor, parameters));
}

domain::Result<void> PgPasswordResetStore::insert(const domain::Context& context,
                                                  const domain::PasswordReset& reset,
                                                  domain::AccountId id) {
  Parameters parameters;
  parameters.bytes(reset.hash)
      .timestamp(reset.created_at)
      .timestamp(reset.expires_at)
      .uuid(id.uuid);
  return one_changed(database_.exec(context, kInsert, parameters));
}

domain::Result<std::optional<domain::Account>> PgPasswordResetStore::find(
    const domain::Context& context, const domain::TokenHash& hash, domain::Timestamp now) {
  return first_account(database_.exec(context, kFind, Parameters().bytes(hash).timestamp(now)));
}

domain::Result<void> PgPasswordResetStore::use(const domain::Context& context,
                                               const domain::TokenHash& hash,
                                               domain::Timestamp now) {
  return one_changed(database_.exec(context, kUse, Parameters().bytes(hash).timestamp(now)));
}

domain::Result<void> PgPasswordResetStore::forget_all(const domain::Context& context,
                                                      domain::AccountId id) {
  const auto forgotten = database_.exec(context, kForgetAll, Parameters().uuid(id.uuid));
  if (!forgotten) return forgotten.error();
  return {};
}

domain::Result<std::int64_t> PgPasswordResetStore::remove_expired(const domain::Context& context,
                                                                  domain::Timestamp now,
                                                                  std::int64_t limit) {
  const auto removed =
      database_.exec(context, kRemoveExpired, Parameters().timestamp(now).integer(limit));
  if (!removed) return removed.error();
  return removed->affected();
}

}  // namespace vigie::storage
