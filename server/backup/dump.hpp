#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/domain/blob_store.hpp"
#include "server/domain/context.hpp"
#include "server/domain/result.hpp"

namespace vigie::backup {

/// PostgreSQL's own programs, where they are and how they find the database.
struct Programs {
  /// Of pg_dump and pg_restore.
  std::string directory;
  /// As DatabaseCopies::environment.
  std::vector<std::string> environment;
};

struct Dump {
  std::uint64_t bytes = 0;
  domain::ContentHash hash;
};

/// Where a dump goes: first into the parts of `upload`, then it is the object `key`.
struct DumpPlace {
  domain::BlobKey upload;
  domain::BlobKey key;
};

/// Dumps the database as the snapshot of that name shows it into the store, in pg_dump's custom
/// format, part by part: one part is all that is in memory. When anything fails, nothing is left of
/// it. On a fiber.
domain::Result<Dump> dump(const domain::Context& context, const Programs& programs,
                          const std::string& snapshot, domain::BlobStore& blobs,
                          const DumpPlace& place);

/// What a dump's own restore made of it; empty: no fault.
struct Restoration {
  std::string fault;
};

/// Restores the object into the database `scratch`, which is empty. An error is the environment's;
/// what is wrong with the dump is a fault. On a fiber.
domain::Result<Restoration> restore(const domain::Context& context, const Programs& programs,
                                    domain::BlobStore& blobs, const domain::BlobKey& key,
                                    const std::string& scratch);
/// The SHA-256 of an object in hexadecimal digits, computed by coreutils.
domain::Result<std::string> digest(const domain::Context& context, domain::BlobStore& blobs,
                                   const domain::BlobKey& key);

}  // namespace vigie::backup
