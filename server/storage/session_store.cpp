#include "server/storage/session_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/storage/account_rows.hpp"
#include "server/storage/sql/sessions.hpp"
#include "server/storage/sqlstate.hpp"

namespace vigie::storage {
namespace {

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
      .bytes(token.hash.bytes)
      .timestamp(token.created_at)
      .timestamp(token.expires_at)
      .integer(token.credentials_version);
  const auto inserted = database_.exec(context, sql::sessions::kInsert, parameters);
  if (!inserted) return inserted.error();
  if (inserted->affected() > 0) return {};
  return error_of(domain::Code::kInvalidCredentials, "the credentials are of another version");
}

domain::Result<Rotation> PgSessionStore::rotate(const domain::Context& context,
                                                const domain::TokenHash& presented,
                                                const domain::NewRefreshToken& next) {
  Parameters parameters;
  parameters.bytes(presented.bytes)
      .timestamp(next.now)
      .bytes(next.hash.bytes)
      .timestamp(next.expires_at);
  auto rotated = database_.exec(context, sql::sessions::kRotate, parameters);
  if (!rotated) return std::move(rotated).error();
  if (!rotated->empty()) return rotation_of(*rotated, Rotation::Outcome::kRotated);
  if (next.repeat_within.count() > 0) {
    parameters.timestamp(next.now - next.repeat_within);
    auto repeated = database_.exec(context, sql::sessions::kRepeat, parameters);
    if (!repeated) return std::move(repeated).error();
    if (!repeated->empty()) return rotation_of(*repeated, Rotation::Outcome::kRepeated);
  }
  return detect_reuse(context, presented, next.now);
}

domain::Result<Rotation> PgSessionStore::detect_reuse(const domain::Context& context,
                                                      const domain::TokenHash& presented,
                                                      domain::Timestamp now) {
  auto revoked = database_.exec(context, sql::sessions::kDetectReuse,
                                Parameters().bytes(presented.bytes).timestamp(now));
  if (!revoked) return std::move(revoked).error();
  if (revoked->empty()) return Rotation{};
  Rotation reused{.outcome = Rotation::Outcome::kReused, .family_id = {}, .account = {}};
  reused.account.id = {revoked->uuid(0, 0)};
  return reused;
}

domain::Result<void> PgSessionStore::revoke_family(const domain::Context& context,
                                                   const domain::TokenHash& presented,
                                                   domain::Timestamp now) {
  const auto revoked = database_.exec(context, sql::sessions::kRevokeFamily,
                                      Parameters().bytes(presented.bytes).timestamp(now));
  if (!revoked) return revoked.error();
  return {};
}

domain::Result<void> PgSessionStore::revoke_all(const domain::Context& context,
                                                domain::AccountId account, domain::Timestamp now,
                                                std::optional<domain::SessionId> but) {
  Parameters parameters;
  parameters.uuid(account.uuid).timestamp(now);
  but ? parameters.uuid(but->uuid) : parameters.null_uuid();
  const auto revoked = database_.exec(context, sql::sessions::kRevokeAll, parameters);
  if (!revoked) return revoked.error();
  return {};
}

domain::Result<std::vector<domain::EndedSession>> PgSessionStore::ended_after(
    const domain::Context& context, const domain::EndedSession& last, std::int64_t limit) {
  Parameters parameters;
  parameters.timestamp(last.ended_at).uuid(last.id.uuid).integer(limit);
  const auto rows = database_.exec(context, sql::sessions::kEndedAfter, parameters);
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
  auto removed = database_.exec(context, sql::sessions::kRemoveExpired,
                                Parameters().timestamp(now).integer(limit));
  if (!removed) return std::move(removed).error();
  std::vector<std::string> families;
  for (int row = 0; row < removed->count(); ++row) families.push_back(removed->string(row, 0));
  if (families.empty()) return 0;
  const auto ended =
      database_.exec(context, sql::sessions::kRemoveEndedFamilies, Parameters().texts(families));
  if (!ended) return ended.error();
  return removed->count();
}

}  // namespace vigie::storage
