#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "server/domain/account_store.hpp"
#include "server/storage/database.hpp"

namespace vigie::storage {

/// Accounts in PostgreSQL. Thread-safe.
class PgAccountStore : public domain::AccountStore {
 public:
  explicit PgAccountStore(Database& database) : database_(database) {}

  domain::Result<void> insert(const domain::Context& context,
                              const domain::Account& account) override;
  domain::Result<std::optional<domain::Account>> find(const domain::Context& context,
                                                      domain::AccountId id) override;
  domain::Result<std::optional<domain::Account>> find_by_email(const domain::Context& context,
                                                               std::string_view email) override;
  domain::Result<void> replace_password_hash(const domain::Context& context,
                                             const domain::Account& account,
                                             std::string_view hash) override;
  domain::Result<std::vector<domain::Account>> list(const domain::Context& context,
                                                    const domain::AccountFilter& filter) override;
  domain::Result<void> set_password_hash(const domain::Context& context, domain::AccountId id,
                                         std::string_view hash) override;
  domain::Result<bool> disable(const domain::Context& context, domain::AccountId id,
                               domain::Timestamp now) override;
  domain::Result<bool> enable(const domain::Context& context, domain::AccountId id) override;
  domain::Result<void> erase(const domain::Context& context, domain::AccountId id,
                             domain::Timestamp now) override;
  domain::Result<void> record(const domain::Context& context,
                              const domain::AccountChangeRecord& record) override;
  domain::Result<std::vector<domain::AccountChangeRecord>> history(const domain::Context& context,
                                                                   domain::AccountId id,
                                                                   std::int64_t limit) override;

 private:
  Database& database_;
};

}  // namespace vigie::storage
