#include "server/storage/password_reset_store.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "server/storage/account_rows.hpp"
#include "server/storage/sql/resets.hpp"

namespace vigie::storage {
namespace {}  // namespace

domain::Result<std::optional<domain::Account>> PgPasswordResetStore::insert_for(
    const domain::Context& context, const domain::PasswordReset& reset, std::string_view email,
    domain::Timestamp since, std::int64_t most) {
  Parameters parameters;
  parameters.bytes(reset.hash.bytes)
      .timestamp(reset.created_at)
      .timestamp(reset.expires_at)
      .text(email)
      .timestamp(since)
      .integer(most);
  return first_account(database_.exec(context, sql::resets::kInsertFor, parameters));
}

domain::Result<void> PgPasswordResetStore::insert(const domain::Context& context,
                                                  const domain::PasswordReset& reset,
                                                  domain::AccountId id) {
  Parameters parameters;
  parameters.bytes(reset.hash.bytes)
      .timestamp(reset.created_at)
      .timestamp(reset.expires_at)
      .uuid(id.uuid);
  return one_changed(database_.exec(context, sql::resets::kInsert, parameters));
}

domain::Result<std::optional<domain::Account>> PgPasswordResetStore::find(
    const domain::Context& context, const domain::TokenHash& hash, domain::Timestamp now) {
  return first_account(
      database_.exec(context, sql::resets::kFind, Parameters().bytes(hash.bytes).timestamp(now)));
}

domain::Result<void> PgPasswordResetStore::use(const domain::Context& context,
                                               const domain::TokenHash& hash,
                                               domain::Timestamp now) {
  return one_changed(
      database_.exec(context, sql::resets::kUse, Parameters().bytes(hash.bytes).timestamp(now)));
}

domain::Result<void> PgPasswordResetStore::forget_all(const domain::Context& context,
                                                      domain::AccountId id) {
  const auto forgotten =
      database_.exec(context, sql::resets::kForgetAll, Parameters().uuid(id.uuid));
  if (!forgotten) return forgotten.error();
  return {};
}

domain::Result<std::int64_t> PgPasswordResetStore::remove_expired(const domain::Context& context,
                                                                  domain::Timestamp now,
                                                                  std::int64_t limit) {
  const auto removed = database_.exec(context, sql::resets::kRemoveExpired,
                                      Parameters().timestamp(now).integer(limit));
  if (!removed) return removed.error();
  return removed->affected();
}

}  // namespace vigie::storage
