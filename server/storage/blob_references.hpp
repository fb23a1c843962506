#pragma once

#include <vector>

#include "server/domain/blob_references.hpp"
#include "server/storage/database.hpp"

namespace vigie::storage {

/// What media and contents name (tables media and blobs). Thread-safe.
class PgBlobReferences final : public domain::BlobReferences {
 public:
  explicit PgBlobReferences(Database& database) : database_(database) {}

  domain::Result<std::vector<bool>> are_referenced(
      const domain::Context& context, const std::vector<domain::BlobKey>& keys) override;
  domain::Result<bool> has_contents(const domain::Context& context) override;

 private:
  Database& database_;
};

}  // namespace vigie::storage
