#pragma once

#include <cstdint>
#include <optional>

#include "server/domain/sign_in_guard.hpp"
#include "server/storage/database.hpp"

namespace vigie::storage {

/// Allowances of sign-ins in PostgreSQL, the same for all servers. Thread-safe.
class PgSignInAllowanceStore : public domain::SignInAllowanceStore {
 public:
  explicit PgSignInAllowanceStore(Database& database) : database_(database) {}

  domain::Result<std::optional<domain::Timestamp>> take(
      const domain::Context& context, const domain::AllowanceKey& key, domain::Timestamp now,
      const domain::Allowance& allowance) override;
  domain::Result<void> give_back(const domain::Context& context, const domain::AllowanceKey& key,
                                 const domain::Allowance& allowance) override;
  domain::Result<bool> is_known(const domain::Context& context, domain::AccountId account,
                                const domain::AllowanceKey& address) override;
  domain::Result<void> remember(const domain::Context& context, domain::AccountId account,
                                const domain::AllowanceKey& address,
                                domain::Timestamp now) override;
  domain::Result<std::int64_t> remove_expired(const domain::Context& context, domain::Timestamp now,
                                              domain::Timestamp seen_before,
                                              std::int64_t limit) override;

 private:
  Database& database_;
};

}  // namespace vigie::storage
