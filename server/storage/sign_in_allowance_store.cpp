#include "server/storage/sign_in_allowance_store.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace vigie::storage {
namespace {

/// Each attempt puts the time off by one interval at which the allowance is whole again; it is
/// refused when that were more than the quota away. One row: when it is refused, the time as it is.
constexpr Query kTake{
    .name = QueryName::kAllowancesTake,
    .sql =
        "WITH taken AS ("
        "INSERT INTO sign_in_allowances AS held (key, full_at) "
        "VALUES ($1, $2::timestamptz + $3 * interval '1 microsecond') "
        "ON CONFLICT (key) DO UPDATE "
        "SET full_at = greatest(held.full_at, $2) + $3 * interval '1 microsecond' "
        "WHERE greatest(held.full_at, $2) + $3 * interval '1 microsecond' "
        "<= $2 + $3 * $4 * interval '1 microsecond' RETURNING full_at) "
        "SELECT true, full_at FROM taken UNION ALL "
        "SELECT false, full_at FROM sign_in_allowances "
        "WHERE key = $1 AND NOT EXISTS (SELECT FROM taken)",
    .operation = "INSERT",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kAllowancesTake)};

constexpr Query kGiveBack{
    .name = QueryName::kAllowancesGiveBack,
    .sql =
        "UPDATE sign_in_allowances SET full_at = full_at - $2 * interval '1 microsecond' "
        "WHERE key = $1",
    .operation = "UPDATE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kAllowancesGiveBack)};

constexpr Query kIsKnown{
    .name = QueryName::kAllowancesIsKnown,
    .sql = "SELECT EXISTS (SELECT FROM known_addresses WHERE account_id = $1 AND address = $2)",
    .operation = "SELECT",
    .is_read = true,
    .statement = statement_of(QueryName::kAllowancesIsKnown)};

/// Written once a day for each address. Of an account that is gone nothing is kept.
constexpr Query kRemember{
    .name = QueryName::kAllowancesRemember,
    .sql =
        "WITH forgotten AS ("
        "DELETE FROM known_addresses WHERE account_id = $1 AND address IN ("
        "SELECT address FROM known_addresses WHERE account_id = $1 AND address <> $2 "
        "ORDER BY seen_at DESC OFFSET $4 - 1)) "
        "INSERT INTO known_addresses AS known (account_id, address, seen_at) "
        "SELECT id, $2, $3 FROM accounts WHERE id = $1 AND erased_at IS NULL "
        "ON CONFLICT (account_id, address) DO UPDATE SET seen_at = excluded.seen_at "
        "WHERE known.seen_at < excluded.seen_at - interval '1 day'",
    .operation = "INSERT",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kAllowancesRemember)};

constexpr Query kRemoveExpired{.name = QueryName::kAllowancesRemoveExpired,
                               .sql =
                                   "DELETE FROM sign_in_allowances WHERE ctid = ANY (ARRAY("
                                   "SELECT ctid FROM sign_in_allowances WHERE full_at <= $1 "
                                   "ORDER BY full_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
                               .operation = "DELETE",
                               .lane = Lane::kWrite,
                               .statement = statement_of(QueryName::kAllowancesRemoveExpired)};

constexpr Query kForgetAddresses{.name = QueryName::kAllowancesForgetAddresses,
                                 .sql =
                                     "DELETE FROM known_addresses WHERE ctid = ANY (ARRAY("
                                     "SELECT ctid FROM known_addresses WHERE seen_at < $1 "
                                     "ORDER BY seen_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
                                 .operation = "DELETE",
                                 .lane = Lane::kWrite,
                                 .statement = statement_of(QueryName::kAllowancesForgetAddresses)};

constexpr int kLooks = 3;

}  // namespace

domain::Result<std::optional<domain::Timestamp>> PgSignInAllowanceStore::take(
    const domain::Context& context, const domain::AllowanceKey& key, domain::Timestamp now,
    const domain::Allowance& allowance) {
  Parameters parameters;
  parameters.bytes(key).timestamp(now).integer(allowance.interval.count()).integer(allowance.quota);
  for (int look = 0; look < kLooks; ++look) {
    const auto rows = database_.exec(context, kTake, parameters);
    if (!rows) return rows.error();
    // No row: one that refuses, and was not there yet when the statement began.
    if (rows->empty()) continue;
    if (rows->boolean(0, 0)) return std::optional<domain::Timestamp>{};
    // The row as it was when the statement began may still have had room.
    const auto until = rows->timestamp(0, 1) - allowance.interval * (allowance.quota - 1);
    if (until > now) return std::optional(until);
    break;
  }
  return std::optional(now + allowance.interval);
}

domain::Result<void> PgSignInAllowanceStore::give_back(const domain::Context& context,
                                                       const domain::AllowanceKey& key,
                                                       const domain::Allowance& allowance) {
  const auto given = database_.exec(context, kGiveBack,
                                    Parameters().bytes(key).integer(allowance.interval.count()));
  if (!given) return given.error();
  return {};
}

domain::Result<bool> PgSignInAllowanceStore::is_known(const domain::Context& context,
                                                      domain::AccountId account,
                                                      const domain::AllowanceKey& address) {
  const auto rows =
      database_.exec(context, kIsKnown, Parameters().uuid(account.uuid).bytes(address));
  if (!rows) return rows.error();
  return rows->boolean(0, 0);
}

domain::Result<void> PgSignInAllowanceStore::remember(const domain::Context& context,
                                                      domain::AccountId account,
                                                      const domain::AllowanceKey& address,
                                                      domain::Timestamp now) {
  Parameters parameters;
  parameters.uuid(account.uuid).bytes(address).timestamp(now).integer(domain::kKnownAddressesMax);
  const auto kept = database_.exec(context, kRemember, parameters);
  if (!kept) return kept.error();
  return {};
}

domain::Result<std::int64_t> PgSignInAllowanceStore::remove_expired(const domain::Context& context,
                                                                    domain::Timestamp now,
                                                                    domain::Timestamp seen_before,
                                                                    std::int64_t limit) {
  const auto whole =
      database_.exec(context, kRemoveExpired, Parameters().timestamp(now).integer(limit));
  if (!whole) return whole.error();
  const auto forgotten =
      database_.exec(context, kForgetAddresses, Parameters().timestamp(seen_before).integer(limit));
  if (!forgotten) return forgotten.error();
  return std::max(whole->affected(), forgotten->affected());
}

}  // namespace vigie::storage
