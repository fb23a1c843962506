#include "server/storage/session_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/storage/account_rows.hpp"
#include "server/storage/sqlstate.hpp"

namespace vigie::storage {
namespace {

/// The account is locked until the session is there: who changes its credentials comes before, and
/// is seen, or after, and sees the session that is to end.
constexpr Query kInsert{.name = QueryName::kSessionsInsert,
                        .sql =
                            "WITH account AS ("
                            "SELECT id FROM accounts WHERE id = $2 AND credentials_version = $6 "
                            "AND disabled_at IS NULL AND erased_at IS NULL FOR SHARE), "
                            "family AS ("
                            "INSERT INTO refresh_token_families (id, account_id, created_at) "
                            "SELECT $1, id, $4 FROM account RETURNING id) "
                            "INSERT INTO refresh_tokens (hash, family_id, created_at, expires_at) "
                            "SELECT $3, id, $4, $5 FROM family",
                        .operation = "INSERT",
                        .lane = Lane::kWrite,
                        .statement = statement_of(QueryName::kSessionsInsert)};

/// Of two at once, the second waits for the first one's row lock, and then finds the token rotated.
constexpr Query kRotate{
    .name = QueryName::kSessionsRotate,
    .sql =
        "WITH rotated AS ("
        "UPDATE refresh_tokens AS token SET rotated_at = $2 "
        "FROM refresh_token_families AS family, accounts AS account "
        "WHERE token.hash = $1 AND token.rotated_at IS NULL AND token.expires_at > $2 "
        "AND family.id = token.family_id AND family.revoked_at IS NULL "
        "AND account.id = family.account_id AND account.disabled_at IS NULL "
        "AND account.erased_at IS NULL "
        "RETURNING token.family_id, account.id, email, display_name, role, password_hash, "
        "account.created_at, disabled_at, credentials_version), "
        "inserted AS ("
        "INSERT INTO refresh_tokens (hash, family_id, created_at, expires_at) "
        "SELECT $3, family_id, $2, $4 FROM rotated) "
        "SELECT * FROM rotated",
    .operation = "UPDATE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kSessionsRotate)};

/// The time of the rotation stays, so that repeating does not prolong the leave to repeat.
constexpr Query kRepeat{
    .name = QueryName::kSessionsRepeat,
    .sql =
        "WITH repeated AS ("
        "SELECT token.family_id, account.id, email, display_name, role, password_hash, "
        "account.created_at, disabled_at, credentials_version "
        "FROM refresh_tokens AS token "
        "JOIN refresh_token_families AS family ON family.id = token.family_id "
        "JOIN accounts AS account ON account.id = family.account_id "
        "WHERE token.hash = $1 AND token.rotated_at > $5 AND token.expires_at > $2 "
        "AND family.revoked_at IS NULL AND account.disabled_at IS NULL "
        "AND account.erased_at IS NULL), "
        "inserted AS ("
        "INSERT INTO refresh_tokens (hash, family_id, created_at, expires_at) "
        "SELECT $3, family_id, $2, $4 FROM repeated) "
        "SELECT * FROM repeated",
    .operation = "INSERT",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kSessionsRepeat)};

constexpr Query kDetectReuse{
    .name = QueryName::kSessionsDetectReuse,
    .sql =
        "UPDATE refresh_token_families AS family SET revoked_at = $2 "
        "FROM refresh_tokens AS token "
        "WHERE token.hash = $1 AND token.rotated_at IS NOT NULL AND token.expires_at > $2 "
        "AND family.id = token.family_id AND family.revoked_at IS NULL "
        "RETURNING family.account_id",
    .operation = "UPDATE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kSessionsDetectReuse)};

constexpr Query kRevokeFamily{
    .name = QueryName::kSessionsRevokeFamily,
    .sql =
        "UPDATE refresh_token_families AS family SET revoked_at = $2 "
        "FROM refresh_tokens AS token "
        "WHERE token.hash = $1 AND family.id = token.family_id AND family.revoked_at IS NULL",
    .operation = "UPDATE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kSessionsRevokeFamily)};

constexpr Query kRevokeAll{
    .name = QueryName::kSessionsRevokeAll,
    .sql =
        "UPDATE refresh_token_families SET revoked_at = $2 "
        "WHERE account_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $3",
    .operation = "UPDATE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kSessionsRevokeAll)};

constexpr Query kEndedAfter{
    .name = QueryName::kSessionsEndedAfter,
    .sql =
        "SELECT id, revoked_at FROM refresh_token_families WHERE (revoked_at, id) > ($1, $2) "
        "ORDER BY revoked_at, id LIMIT $3",
    .operation = "SELECT",
    .is_read = true,
    .statement = statement_of(QueryName::kSessionsEndedAfter)};

/// A row for each token that is deleted. One that is being rotated is passed over.
constexpr Query kRemoveExpired{.name = QueryName::kSessionsRemoveExpired,
                               .sql =
                                   "DELETE FROM refresh_tokens WHERE ctid = ANY (ARRAY("
                                   "SELECT ctid FROM refresh_tokens WHERE expires_at <= $1 "
                                   "ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)) "
                                   "RETURNING family_id::text",
                               .operation = "DELETE",
                               .lane = Lane::kWrite,
                               .statement = statement_of(QueryName::kSessionsRemoveExpired)};

/// Not in the statement above: of two processes that each delete a part of a family neither would
/// see the other's, and both would leave it. One that is passed over is being deleted, or used.
constexpr Query kRemoveEndedFamilies{
    .name = QueryName::kSessionsRemoveEndedFamilies,
    .sql =
        "DELETE FROM refresh_token_families WHERE id = ANY (ARRAY("
        "SELECT id FROM refresh_token_families AS family "
        "WHERE id = ANY ($1::uuid[]) AND NOT EXISTS ("
        "SELECT FROM refresh_tokens AS token WHERE token.family_id = family.id) "
        "FOR UPDATE SKIP LOCKED))",
    .operation = "DELETE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kSessionsRemoveEndedFamilies)};

using domain::Rotation;

/// Of a row with the family and the account.
domain::Result<Rotation> rotation_of(const Rows& rows, Rotation::Outcome outcome) {
  auto account = read_account(rows, 0, 1);
  if (!account) return std::move(account).error();
  return Rotation{outcome, {rows.uuid(0, 0)}, *std::move(account)};
}

}  // namespace

domain::Result<void> PgSessionStore::insert(const domain::Context& context,
                                            const domain::RefreshToken& token) {
  Parameters parameters;
  parameters.uuid(token.family_id.uuid)
      .uuid(token.account_id.uuid)
      .bytes(token.hash)
      .timestamp(token.created_at)
      .timestamp(token.expires_at)
      .integer(token.credentials_version);
  const auto inserted = database_.exec(context, kInsert, parameters);
  if (!inserted) return inserted.error();
  if (inserted->affected() > 0) return {};
  return error_of(domain::Code::kInvalidCredentials, "the credentials are of another version");
}

domain::Result<Rotation> PgSessionStore::rotate(const domain::Context& context,
                                                const domain::TokenHash& presented,
                                                const domain::NewRefreshToken& next) {
  Parameters parameters;
  parameters.bytes(presented).timestamp(next.now).bytes(next.hash).timestamp(next.expires_at);
  auto rotated = database_.exec(context, kRotate, parameters);
  if (!rotated) return std::move(rotated).error();
  if (!rotated->empty()) return rotation_of(*rotated, Rotation::Outcome::kRotated);
  if (next.repeat_within.count() > 0) {
    parameters.timestamp(next.now - next.repeat_within);
    auto repeated = database_.exec(context, kRepeat, parameters);
    if (!repeated) return std::move(repeated).error();
    if (!repeated->empty()) return rotation_of(*repeated, Rotation::Outcome::kRepeated);
  }
  return detect_reuse(context, presented, next.now);
}

domain::Result<Rotation> PgSessionStore::detect_reuse(const domain::Context& context,
                                                      const domain::TokenHash& presented,
                                                      domain::Timestamp now) {
  auto revoked =
      database_.exec(context, kDetectReuse, Parameters().bytes(presented).timestamp(now));
  if (!revoked) return std::move(revoked).error();
  if (revoked->empty()) return Rotation{};
  Rotation reused{.outcome = Rotation::Outcome::kReused, .family_id = {}, .account = {}};
  reused.account.id = {revoked->uuid(0, 0)};
  return reused;
}

domain::Result<void> PgSessionStore::revoke_family(const domain::Context& context,
                                                   const domain::TokenHash& presented,
                                                   domain::Timestamp now) {
  const auto revoked =
      database_.exec(context, kRevokeFamily, Parameters().bytes(presented).timestamp(now));
  if (!revoked) return revoked.error();
  return {};
}

domain::Result<void> PgSessionStore::revoke_all(const domain::Context& context,
                                                domain::AccountId account, domain::Timestamp now,
                                                std::optional<domain::SessionId> but) {
  Parameters parameters;
  parameters.uuid(account.uuid).timestamp(now);
  but ? parameters.uuid(but->uuid) : parameters.null_uuid();
  const auto revoked = database_.exec(context, kRevokeAll, parameters);
  if (!revoked) return revoked.error();
  return {};
}

domain::Result<std::vector<domain::EndedSession>> PgSessionStore::ended_after(
    const domain::Context& context, const domain::EndedSession& last, std::int64_t limit) {
  Parameters parameters;
  parameters.timestamp(last.ended_at).uuid(last.id.uuid).integer(limit);
  const auto rows = database_.exec(context, kEndedAfter, parameters);
  if (!rows) return rows.error();
  std::vector<domain::EndedSession> ended;
  ended.reserve(static_cast<std::size_t>(rows->count()));
  for (int row = 0; row < rows->count(); ++row) {
    ended.push_back({.id = {rows->uuid(row, 0)}, .ended_at = rows->timestamp(row, 1)});
  }
  return ended;
}

domain::Result<std::int64_t> PgSessionStore::remove_expired(const domain::Context& context,
                                                            domain::Timestamp now,
                                                            std::int64_t limit) {
  auto removed =
      database_.exec(context, kRemoveExpired, Parameters().timestamp(now).integer(limit));
  if (!removed) return std::move(removed).error();
  std::vector<std::string> families;
  for (int row = 0; row < removed->count(); ++row) families.push_back(removed->string(row, 0));
  if (families.empty()) return 0;
  const auto ended = database_.exec(context, kRemoveEndedFamilies, Parameters().texts(families));
  if (!ended) return ended.error();
  return removed->count();
}

}  // namespace vigie::storage
