#pragma once

#include "server/domain/blob_store.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/event_store.hpp"
#include "server/domain/job_queue.hpp"
#include "server/domain/media_store.hpp"
#include "server/domain/observer.hpp"
#include "server/domain/unit_of_work.hpp"

namespace vigie::domain {

/// Job `account.erase`: takes away what an erased account leaves that nobody else sees. Its
/// unfinished uploads and its media are purged, but for those of events that were published; its
/// drafts are deleted. What was published stays, as that of an account without a name. Bears
/// repetition.
class AccountErasure : public JobHandler {
 public:
  struct Ports {
    MediaStore& media;
    EventStore& events;
    BlobStore& blobs;
    JobQueue& jobs;
    UnitsOfWork& units;
    const Clock& clock;
    Observer& observer;
  };

  explicit AccountErasure(const Ports& ports) : ports_(ports) {}
  Result<void> run(const Context& context, JobRun& run) override;

 private:
  Result<void> remove_media(const Context& context, AccountId owner);
  /// One media, unless it is gone, deleted or of a published event.
  Result<void> remove(const Context& context, MediaId id);
  Result<bool> is_published(const Context& context, const Media& media);
  Result<void> remove_drafts(const Context& context, AccountId owner);

  Ports ports_;
};

}  // namespace vigie::domain
