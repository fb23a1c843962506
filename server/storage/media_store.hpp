#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "server/domain/media_store.hpp"
#include "server/storage/database.hpp"

namespace vigie::storage {

/// Media in PostgreSQL. Rows are locked in one order: a media, then its parts or its content.
/// Thread-safe.
class PgMediaStore : public domain::MediaStore {
 public:
  explicit PgMediaStore(Database& database) : database_(database) {}

  domain::Result<domain::QuotaAnswer> insert(const domain::Context& context,
                                             const domain::Media& media,
                                             std::uint64_t quota_bytes) override;
  domain::Result<std::uint64_t> bytes_used(const domain::Context& context,
                                           domain::AccountId account) override;
  domain::Result<std::optional<domain::Media>> find(const domain::Context& context,
                                                    domain::MediaId id) override;
  domain::Result<domain::MediaPage> list(const domain::Context& context,
                                         const domain::MediaQuery& query) override;
  domain::Result<std::optional<domain::Media>> lock(const domain::Context& context,
                                                    domain::MediaId id) override;

  domain::Result<std::vector<domain::MediaPart>> parts(const domain::Context& context,
                                                       domain::MediaId id) override;
  domain::Result<std::int64_t> begin_part(const domain::Context& context, domain::MediaId id,
                                          std::uint32_t number) override;
  domain::Result<void> finish_part(const domain::Context& context, domain::MediaId id,
                                   const domain::MediaPart& part, std::int64_t generation,
                                   domain::Timestamp expires_at) override;
  domain::Result<void> set_verified(const domain::Context& context, domain::MediaId id,
                                    const domain::ContentHash& hash,
                                    std::int64_t generation) override;

  domain::Result<domain::BlobRecord> lock_blob(const domain::Context& context,
                                               const domain::ContentHash& hash,
                                               std::uint64_t bytes) override;
  domain::Result<std::optional<domain::BlobRecord>> find_blob_locked(
      const domain::Context& context, const domain::ContentHash& hash) override;
  domain::Result<void> remove_blob(const domain::Context& context,
                                   const domain::ContentHash& hash) override;

  domain::Result<void> complete(const domain::Context& context,
                                const domain::Media& media) override;
  domain::Result<void> update(const domain::Context& context, const domain::Media& media) override;
  domain::Result<void> forget(const domain::Context& context, const domain::Media& media) override;

  domain::Result<std::vector<domain::MediaId>> expired_uploads(const domain::Context& context,
                                                               domain::Timestamp now,
                                                               std::int32_t limit) override;
  domain::Result<domain::MediaCounts> counts(const domain::Context& context,
                                             domain::Timestamp now) override;

 private:
  domain::Result<void> run(const domain::Context& context, const Query& query,
                           const Parameters& parameters);

  Database& database_;
};

}  // namespace vigie::storage
