#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "server/domain/session_store.hpp"
#include "server/storage/database.hpp"

namespace vigie::storage {

/// Refresh tokens in PostgreSQL. Thread-safe.
class PgSessionStore : public domain::SessionStore {
 public:
  explicit PgSessionStore(Database& database) : database_(database) {}

  domain::Result<void> insert(const domain::Context& context,
                              const domain::RefreshToken& token) override;
  domain::Result<domain::Rotation> rotate(const domain::Context& context,
                                          const domain::TokenHash& presented,
                                          const domain::NewRefreshToken& next) override;
  domain::Result<void> revoke_family(const domain::Context& context,
                                     const domain::TokenHash& presented,
                                     domain::Timestamp now) override;
  domain::Result<void> revoke_all(const domain::Context& context, domain::AccountId account,
                                  domain::Timestamp now,
                                  std::optional<domain::SessionId> but) override;
  domain::Result<std::vector<domain::EndedSession>> ended_after(const domain::Context& context,
                                                                const domain::EndedSession& last,
                                                                std::int64_t limit) override;
  domain::Result<std::int64_t> remove_expired(const domain::Context& context, domain::Timestamp now,
                                              std::int64_t limit) override;

 private:
  domain::Result<domain::Rotation> detect_reuse(const domain::Context& context,
                                                const domain::TokenHash& presented,
                                                domain::Timestamp now);

  Database& database_;
};

}  // namespace vigie::storage
