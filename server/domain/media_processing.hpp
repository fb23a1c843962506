#pragma once

#include <string>

#include "server/domain/clock.hpp"
#include "server/domain/context.hpp"
#include "server/domain/job_queue.hpp"
#include "server/domain/media.hpp"
#include "server/domain/media_store.hpp"
#include "server/domain/unit_of_work.hpp"

namespace vigie::domain {

/// How the processing of a content ends: its outcome and the end of its job are one commit.
/// Thread-safe.
///
/// A job `media.process` has the payload `media_id`, `hash` (of the content, and so of its
/// previews) and `type` (see job_payload.hpp).
class MediaProcessing {
 public:
  MediaProcessing(MediaStore& media, UnitsOfWork& units, const Clock& clock)
      : media_(media), units_(units), clock_(clock) {}

  /// The media is ready. One that was deleted meanwhile is so once it is restored; of one that was
  /// purged only the job is ended.
  Result<void> done(const Context& context, JobRun& run, MediaId id, const MediaFacts& facts);
  /// There will be no previews, and `reason` is why, for people.
  Result<void> failed(const Context& context, JobRun& run, MediaId id, const std::string& reason);

 private:
  struct Outcome {
    MediaState state;
    MediaFacts facts;
    std::string failure;
  };
  Result<void> end(const Context& context, JobRun& run, MediaId id, const Outcome& outcome);

  MediaStore& media_;
  UnitsOfWork& units_;
  const Clock& clock_;
};

}  // namespace vigie::domain
