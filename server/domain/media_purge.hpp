#pragma once

#include <chrono>

#include "server/domain/blob_store.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/job_queue.hpp"
#include "server/domain/media_store.hpp"
#include "server/domain/observer.hpp"
#include "server/domain/unit_of_work.hpp"

namespace vigie::domain {

/// Job `media.purge`, due when a deleted media may go for good. Asks the database first: what was
/// restored stays, and so does a content that other media have. Bears repetition at every step:
///
///  1. The media is forgotten. If nothing refers to its content any more, that is not `is_stored`
///     from then on, in the same commit: whoever completes the same content stores it anew.
///  2. With the content's record locked: if still nothing refers to it, its previews and its object
///     are removed, then its record, and the job is done.
class MediaPurge : public JobHandler {
 public:
  struct Ports {
    MediaStore& media;
    BlobStore& blobs;
    UnitsOfWork& units;
    const Clock& clock;
    Observer& observer;
  };

  explicit MediaPurge(const Ports& ports) : ports_(ports) {}
  Result<void> run(const Context& context, JobRun& run) override;

 private:
  struct Order;

  /// Whether the content is to be looked at.
  Result<bool> forget(const Context& context, const Order& order);
  Result<void> remove_content(const Context& context, const Order& order, JobRun& run);
  Result<void> remove_objects(const Context& context, const ContentHash& hash);

  Ports ports_;
};

/// Marks a media that is complete as deleted now, to be purged `after`.
void begin_purge(Media& media, Timestamp now, std::chrono::milliseconds after);
/// The job that purges a media which is marked so. The deletion is part of its key: one that
/// follows a restoration is another one.
NewJob purge_job(const Media& media);

}  // namespace vigie::domain
