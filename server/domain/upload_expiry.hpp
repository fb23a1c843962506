#pragma once

#include "server/domain/blob_store.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/job_queue.hpp"
#include "server/domain/media_store.hpp"
#include "server/domain/observer.hpp"
#include "server/domain/unit_of_work.hpp"

namespace vigie::domain {

/// Job `media.expire_uploads`, run every now and then: uploads that nobody has written to for too
/// long are gone, with their parts and their use of the quota.
class UploadExpiry : public JobHandler {
 public:
  struct Ports {
    MediaStore& media;
    BlobStore& blobs;
    UnitsOfWork& units;
    const Clock& clock;
    Observer& observer;
  };

  explicit UploadExpiry(const Ports& ports) : ports_(ports) {}
  Result<void> run(const Context& context, JobRun& run) override;

 private:
  Result<void> expire(const Context& context, MediaId id);

  Ports ports_;
};

}  // namespace vigie::domain
