#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "server/domain/blob_references.hpp"
#include "server/domain/blob_store.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/job_queue.hpp"
#include "server/domain/media_store.hpp"
#include "server/domain/observer.hpp"
#include "server/domain/unit_of_work.hpp"

namespace vigie::domain {

/// Job `blob.sweep`: removes objects and uploads that nothing names, as a process leaves them that
/// was killed between the store and the database. Only what is older than the grace time, so that
/// nothing is taken from under a hand. Bears repetition.
///
/// An object goes while its content's record is locked: whoever completes the same content waits,
/// and then stores it anew.
class BlobSweep : public JobHandler {
 public:
  struct Ports {
    BlobStore& blobs;
    BlobReferences& references;
    MediaStore& media;
    UnitsOfWork& units;
    const Clock& clock;
    Observer& observer;
  };

  BlobSweep(const Ports& ports, std::chrono::milliseconds grace) : ports_(ports), grace_(grace) {}
  Result<void> run(const Context& context, JobRun& run) override;

 private:
  Result<void> sweep(const Context& context, std::string_view prefix);
  Result<void> sweep_page(const Context& context, const std::vector<BlobStore::Listed>& page);
  Result<void> remove(const Context& context, const BlobStore::Listed& orphan);
  Result<void> remove_content(const Context& context, const ContentHash& hash,
                              const BlobStore::Listed& orphan);

  Ports ports_;
  std::chrono::milliseconds grace_;
};

/// The content that an object or a preview belongs to: "blobs/ab/<64 hex>",
/// "previews/ab/<64 hex>/<name>". Nothing: the key is none of these.
std::optional<ContentHash> content_of(const BlobKey& key);

}  // namespace vigie::domain
