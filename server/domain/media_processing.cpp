#include "server/domain/media_processing.hpp"

#include <utility>

namespace vigie::domain {

Result<void> MediaProcessing::done(const Context& context, JobRun& run, MediaId id,
                                   const MediaFacts& facts) {
  return end(context, run, id, {.state = MediaState::kReady, .facts = facts, .failure = {}});
}

Result<void> MediaProcessing::failed(const Context& context, JobRun& run, MediaId id,
                                     const std::string& reason) {
  return end(context, run, id, {.state = MediaState::kFailed, .facts = {}, .failure = reason});
}

Result<void> MediaProcessing::end(const Context& context, JobRun& run, MediaId id,
                                  const Outcome& outcome) {
  return within_unit(context, units_, [&](const Context& joined) -> Result<void> {
    auto found = media_.lock(joined, id);
    if (!found) return std::move(found).error();
    if (!*found) return run.finish(joined);
    Media media = **std::move(found);
    (media.state == MediaState::kDeleted ? media.restored_state : media.state) = outcome.state;
    media.facts = outcome.facts;
    media.failure = outcome.failure;
    media.updated_at = clock_.now();
    if (auto kept = media_.update(joined, media); !kept) return kept;
    return run.finish(joined);
  });
}

}  // namespace vigie::domain
