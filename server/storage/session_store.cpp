#include "server/storage/session_store.hpp"

#include <string>
#include <utility>
#include <vector>

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
  std::vector<std::string> families;
  for (int row = 0; row < removed->count(); ++row) families.push_back(removed->string(row, 0));
  if (families.empty()) return 0;
  const auto ended = database_.exec(context, kRemoveEndedFamilies, Parameters().texts(families));
  if (!ended) return ended.error();
  return removed->count();
}

}  // namespace vigie::storage
