#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/domain/password_reset.hpp"
#include "server/storage/database.hpp"

namespace vigie::storage {

/// Tokens of password resets in PostgreSQL. Thread-safe.
class PgPasswordResetStore : public domain::PasswordResetStore {
 public:
  explicit PgPasswordResetStore(Database& database) : database_(database) {}

  domain::Result<std::optional<domain::Account>> insert_for(const domain::Context& context,
                                                            const domain::PasswordReset& reset,
                                                            std::string_view email,
                                                            domain::Timestamp since,
                                                            std::int64_t most) override;
  domain::Result<void> insert(const domain::Context& context, const domain::PasswordReset& reset,
                              domain::AccountId id) override;
  domain::Result<std::optional<domain::Account>> find(const domain::Context& context,
                                                      const domain::TokenHash& hash,
                                                      domain::Timestamp now) override;
  domain::Result<void> use(const domain::Context& context, const domain::TokenHash& hash,
                           domain::Timestamp now) override;
  domain::Result<void> forget_all(const domain::Context& context, domain::AccountId id) override;
  domain::Result<std::int64_t> remove_expired(const domain::Context& context, domain::Timestamp now,
                                              std::int64_t limit) override;

 private:
  Database& database_;
};

}  // namespace vigie::storage
