#pragma once

#include <vector>

#include "server/domain/blob_store.hpp"
#include "server/domain/context.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

/// Port: what the database knows of stored objects and uploads, for the sweeper, and for a store
/// that is empty. Thread-safe.
class BlobReferences {
 public:
  virtual ~BlobReferences() = default;
  /// For each key whether something names it: an upload that is not complete, which names its parts
  /// and, once all are there and their hash is known, the content that they are to become; or the
  /// record of a content that is stored, which names its object and its previews. Keys of nothing
  /// that we know (backups) are named too: they are not the sweeper's.
  virtual Result<std::vector<bool>> are_referenced(const Context&,
                                                   const std::vector<BlobKey>& keys) = 0;
  /// Whether any content is stored.
  virtual Result<bool> has_contents(const Context&) = 0;
};

}  // namespace vigie::domain
