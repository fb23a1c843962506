#include "server/domain/account_erasure.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "server/domain/job_payload.hpp"
#include "server/domain/media_purge.hpp"

namespace vigie::domain {

Result<void> AccountErasure::run(const Context& context, JobRun& run) {
  const auto text = payload_text(run.job().payload, "account_id").value_or("");
  const auto owner = AccountId::parse(text);
  if (run.job().payload_version != 1 || !owner) {
    return Error{.code = Code::kValidationFailed, .message = "The payload is not understood."};
  }
  // Media first: without its draft, one of them would be of no event.
  auto done = remove_media(context, *owner);
  if (done) done = remove_drafts(context, *owner);
  if (!done) return done;
  return within_unit(context, ports_.units,
                     [&](const Context& joined) { return run.finish(joined); });
}

Result<void> AccountErasure::remove_media(const Context& context, AccountId owner) {
  MediaQuery query{
      .event = std::nullopt, .owner = owner, .limit = MediaQuery::kLimitMax, .after = {}};
  do {
    const auto page = ports_.media.list(context, query);
    if (!page) return page.error();
    for (const Media& media : page->items) {
      if (auto done = remove(context, media.id); !done) return done;
    }
    query.after = page->next;
  } while (query.after);
  return {};
}

Result<void> AccountErasure::remove(const Context& context, MediaId id) {
  std::optional<Media> removed;
  auto done = within_unit(context, ports_.units, [&](const Context& joined) -> Result<void> {
    removed.reset();
    auto found = ports_.media.lock(joined, id);
    if (!found) return std::move(found).error();
    if (!*found || (*found)->state == MediaState::kDeleted) return {};
    const auto is_kept = is_published(joined, **found);
    if (!is_kept) return is_kept.error();
    if (*is_kept) return {};
    removed = **std::move(found);
    if (removed->state == MediaState::kUploading) return ports_.media.forget(joined, *removed);
    begin_purge(*removed, ports_.clock.now(), std::chrono::milliseconds(0));
    const auto job = ports_.jobs.enqueue(joined, purge_job(*removed));
    if (!job) return job.error();
    return ports_.media.update(joined, *removed);
  });
  if (!done || !removed) return done;
  if (removed->state == MediaState::kUploading) {
    // What fails here, the sweeper finds.
    static_cast<void>(ports_.blobs.abandon(context, upload_key(id)));
  }
  ports_.observer.media_changed(context, MediaChange::kDeleted, *removed);
  return {};
}

Result<bool> AccountErasure::is_published(const Context& context, const Media& media) {
  if (!media.event_id) return false;
  const auto event = ports_.events.find(context, *media.event_id);
  if (!event) return event.error();
  return *event && (*event)->status != EventStatus::kDraft;
}

Result<void> AccountErasure::remove_drafts(const Context& context, AccountId owner) {
  constexpr std::int64_t kPortion = 100;
  for (std::int64_t removed = kPortion; removed == kPortion;) {
    const auto count = ports_.events.remove_drafts(context, owner, kPortion);
    if (!count) return count.error();
    removed = *count;
  }
  return {};
}

}  // namespace vigie::domain
