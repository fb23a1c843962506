#include "server/storage/sign_in_allowance_store.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "server/storage/sql/allowances.hpp"

namespace vigie::storage {
namespace {

constexpr int kLooks = 3;

}  // namespace

domain::Result<std::optional<domain::Timestamp>> PgSignInAllowanceStore::take(
    const domain::Context& context, const domain::AllowanceKey& key, domain::Timestamp now,
    const domain::Allowance& allowance) {
  Parameters parameters;
  parameters.bytes(key.bytes)
      .timestamp(now)
      .integer(allowance.interval.count())
      .integer(allowance.quota);
  for (int look = 0; look < kLooks; ++look) {
    const auto rows = database_.exec(context, sql::allowances::kTake, parameters);
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
  const auto given =
      database_.exec(context, sql::allowances::kGiveBack,
                     Parameters().bytes(key.bytes).integer(allowance.interval.count()));
  if (!given) return given.error();
  return {};
}

domain::Result<bool> PgSignInAllowanceStore::is_known(const domain::Context& context,
                                                      domain::AccountId account,
                                                      const domain::AllowanceKey& address) {
  const auto rows = database_.exec(context, sql::allowances::kIsKnown,
                                   Parameters().uuid(account.uuid).bytes(address.bytes));
  if (!rows) return rows.error();
  return rows->boolean(0, 0);
}

domain::Result<void> PgSignInAllowanceStore::remember(const domain::Context& context,
                                                      domain::AccountId account,
                                                      const domain::AllowanceKey& address,
                                                      domain::Timestamp now) {
  Parameters parameters;
  parameters.uuid(account.uuid)
      .bytes(address.bytes)
      .timestamp(now)
      .integer(domain::kKnownAddressesMax);
  const auto kept = database_.exec(context, sql::allowances::kRemember, parameters);
  if (!kept) return kept.error();
  return {};
}

domain::Result<std::int64_t> PgSignInAllowanceStore::remove_expired(const domain::Context& context,
                                                                    domain::Timestamp now,
                                                                    domain::Timestamp seen_before,
                                                                    std::int64_t limit) {
  const auto whole = database_.exec(context, sql::allowances::kRemoveExpired,
                                    Parameters().timestamp(now).integer(limit));
  if (!whole) return whole.error();
  const auto forgotten = database_.exec(context, sql::allowances::kForgetAddresses,
                                        Parameters().timestamp(seen_before).integer(limit));
  if (!forgotten) return forgotten.error();
  return std::max(whole->affected(), forgotten->affected());
}

}  // namespace vigie::storage
