#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/domain/idempotency.hpp"
#include "server/storage/database.hpp"

namespace vigie::storage {

/// First answers in PostgreSQL. A claim is a transaction that holds an advisory lock on the key, so
/// that the death of the process, or of its connection, frees the key and undoes the effect
/// together. Thread-safe.
class PgIdempotencyStore : public domain::IdempotencyStore {
 public:
  explicit PgIdempotencyStore(Database& database) : database_(database) {}

  domain::Result<std::optional<domain::StoredAnswer>> find(const domain::Context& context,
                                                           std::string_view scope,
                                                           std::string_view key,
                                                           const domain::Fingerprint& fingerprint,
                                                           domain::Timestamp now) override;
  domain::Result<Outcome> claim(const domain::Context& context, std::string_view scope,
                                std::string_view key, const domain::Fingerprint& fingerprint,
                                domain::Timestamp now) override;
  domain::Result<std::int64_t> remove_expired(const domain::Context& context, domain::Timestamp now,
                                              std::int64_t limit) override;

 private:
  Database& database_;
};

}  // namespace vigie::storage
