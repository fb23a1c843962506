#pragma once

#include "server/domain/stores.hpp"
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

 private:
  Database& database_;
};

}  // namespace vigie::storage
