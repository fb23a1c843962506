#include "server/domain/upload_expiry.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace vigie::domain {

Result<void> UploadExpiry::run(const Context& context, JobRun& run) {
  constexpr std::int32_t kBatch = 100;
  std::size_t found = kBatch;
  while (found == kBatch) {
    const auto expired = ports_.media.expired_uploads(context, ports_.clock.now(), kBatch);
    if (!expired) return expired.error();
    for (const MediaId id : *expired) {
      if (auto done = expire(context, id); !done) return done;
    }
    found = expired->size();
  }
  return within_unit(context, ports_.units,
                     [&](const Context& joined) { return run.finish(joined); });
}

Result<void> UploadExpiry::expire(const Context& context, MediaId id) {
  std::optional<Media> expired;
  auto done = within_unit(
      context, ports_.units,
      [&](const Context& joined) -> Result<void> {
        expired.reset();
        auto found = ports_.media.lock(joined, id);
        if (!found) return std::move(found).error();
        const bool is_due = *found && (*found)->state == MediaState::kUploading &&
                            (*found)->expires_at <= ports_.clock.now();
        if (!is_due) return {};  // a part came after all, or it is gone
        expired = **std::move(found);
        if (auto gone = ports_.media.forget(joined, *expired); !gone) return gone;
        // Before the commit: a store that does not answer leaves the upload for the next time.
        return ports_.blobs.abandon(joined, upload_key(id));
      },
      UnitPace::kSlow);
  if (done && expired) ports_.observer.media_changed(context, MediaChange::kExpired, *expired);
  return done;
}

}  // namespace vigie::domain
