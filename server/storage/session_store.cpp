#include "server/storage/session_store.hpp"

#include <utility>

namespace vigie::storage {
namespace {

constexpr Query kInsert{
    .name = QueryName::kSessionsInsert,
    .sql =
        "WITH family AS ("
        "INSERT INTO refresh_token_families (id, account_id, created_at) VALUES ($1, $2, $4) "
        "RETURNING id) "
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
        "FROM refresh_token_families AS family "
        "WHERE token.hash = $1 AND token.rotated_at IS NULL AND token.expires_at > $2 "
        "AND family.id = token.family_id AND family.revoked_at IS NULL "
        "RETURNING token.family_id, family.account_id), "
        "inserted AS ("
        "INSERT INTO refresh_tokens (hash, family_id, created_at, expires_at) "
        "SELECT $3, family_id, $2, $4 FROM rotated) "
        "SELECT account_id FROM rotated",
    .operation = "UPDATE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kSessionsRotate)};

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

/// One process at a time: two that each delete a part of a family would both leave it, or wait for
/// each other. A token that is being rotated is passed over.
constexpr Query kRemoveExpired{
    .name = QueryName::kSessionsRemoveExpired,
    .sql =
        "WITH turn AS (SELECT pg_try_advisory_xact_lock(8246517024) AS is_ours), "
        "removed AS ("
        "DELETE FROM refresh_tokens WHERE ctid = ANY (ARRAY("
        "SELECT ctid FROM refresh_tokens "
        "WHERE expires_at <= $1 AND (SELECT is_ours FROM turn) "
        "ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)) "
        "RETURNING hash, family_id), "
        "ended AS ("
        "DELETE FROM refresh_token_families AS family "
        "WHERE id IN (SELECT family_id FROM removed) AND NOT EXISTS ("
        "SELECT FROM refresh_tokens AS token WHERE token.family_id = family.id "
        "AND token.hash NOT IN (SELECT hash FROM removed))) "
        "SELECT count(*) FROM removed",
    .operation = "DELETE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kSessionsRemoveExpired)};

using domain::Rotation;

}  // namespace

domain::Result<void> PgSessionStore::insert(const domain::Context& context,
                                            const domain::RefreshToken& token) {
  Parameters parameters;
  parameters.uuid(token.family_id.uuid)
      .uuid(token.account_id.uuid)
      .bytes(token.hash)
      .timestamp(token.created_at)
      .timestamp(token.expires_at);
  const auto inserted = database_.exec(context, kInsert, parameters);
  if (!inserted) return inserted.error();
  return {};
}

domain::Result<Rotation> PgSessionStore::rotate(const domain::Context& context,
                                                const domain::TokenHash& presented,
                                                const domain::NewRefreshToken& next) {
  Parameters parameters;
  parameters.bytes(presented).timestamp(next.now).bytes(next.hash).timestamp(next.expires_at);
  auto rotated = database_.exec(context, kRotate, parameters);
  if (!rotated) return std::move(rotated).error();
  if (rotated->empty()) return detect_reuse(context, presented, next.now);
  return Rotation{Rotation::Outcome::kRotated, {rotated->uuid(0, 0)}};
}

domain::Result<Rotation> PgSessionStore::detect_reuse(const domain::Context& context,
                                                      const domain::TokenHash& presented,
                                                      domain::Timestamp now) {
  auto revoked =
      database_.exec(context, kDetectReuse, Parameters().bytes(presented).timestamp(now));
  if (!revoked) return std::move(revoked).error();
  if (revoked->empty()) return Rotation{Rotation::Outcome::kUnknown, {}};
  return Rotation{Rotation::Outcome::kReused, {revoked->uuid(0, 0)}};
}

domain::Result<void> PgSessionStore::revoke_family(const domain::Context& context,
                                                   const domain::TokenHash& presented,
                                                   domain::Timestamp now) {
  const auto revoked =
      database_.exec(context, kRevokeFamily, Parameters().bytes(presented).timestamp(now));
  if (!revoked) return revoked.error();
  return {};
}

domain::Result<std::int64_t> PgSessionStore::remove_expired(const domain::Context& context,
                                                            domain::Timestamp now,
                                                            std::int64_t limit) {
  auto removed =
      database_.exec(context, kRemoveExpired, Parameters().timestamp(now).integer(limit));
  if (!removed) return std::move(removed).error();
  return removed->integer(0, 0);
}

}  // namespace vigie::storage
