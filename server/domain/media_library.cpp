#include "server/domain/media_library.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/domain/field_faults.hpp"
#include "server/domain/file_name.hpp"
#include "server/domain/media_policy.hpp"
#include "server/domain/media_purge.hpp"
#include "server/domain/media_rules.hpp"
#include "server/domain/policy.hpp"

namespace vigie::domain {
namespace {

Error not_found() { return {.code = Code::kNotFound, .message = "There is no such media."}; }

bool is_readable(const Media& media) {
  return media.hash && media.state != MediaState::kUploading && media.state != MediaState::kDeleted;
}

std::string_view type_of_preview(std::string_view name) {
  return name.ends_with(".webp") ? "image/webp" : "image/jpeg";
}

}  // namespace

Result<Media> MediaLibrary::find(const Context& context, MediaId id) {
  return visible(context, id);
}

Result<MediaPage> MediaLibrary::list(const Context& context, MediaQuery query) {
  if (auto faults = faults_of(query); !faults.empty()) return validation_error(std::move(faults));
  if (!query.event) {
    if (context.principal.is_anonymous()) {
      return Error{.code = Code::kNotAuthenticated,
                   .message = "Sign in to list your media, or name an event."};
    }
    query.owner = *context.principal.account_id;
    return ports_.media.list(context, query);
  }
  const auto event = ports_.events.find(context, *query.event);
  if (!event) return event.error();
  if (!*event) return Error{.code = Code::kNotFound, .message = "There is no such event."};
  if (auto allowed = may_see(context.principal, **event); !allowed) {
    return std::move(allowed).error();
  }
  return ports_.media.list(context, query);
}

Result<void> MediaLibrary::remove(const Context& context, MediaId id) {
  std::optional<Media> removed;
  auto done = within_unit(context, ports_.units, [&](const Context& joined) -> Result<void> {
    auto media = lock_to_change(joined, id);
    if (!media) return std::move(media).error();
    if (media->state == MediaState::kDeleted) return not_found();
    removed = *std::move(media);
    return remove_locked(joined, *removed);
  });
  if (!done) return done;
  if (removed->state == MediaState::kUploading) {
    // What fails here, the sweeper finds.
    static_cast<void>(ports_.blobs.abandon(context, upload_key(id)));
  }
  ports_.observer.media_changed(context, MediaChange::kDeleted, *removed);
  return {};
}

Result<void> MediaLibrary::remove_locked(const Context& context, Media& media) {
  if (media.state == MediaState::kUploading) return ports_.media.forget(context, media);
  begin_purge(media, ports_.clock.now(), purge_after_);
  const auto job = ports_.jobs.enqueue(context, purge_job(media));
  if (!job) return job.error();
  return ports_.media.update(context, media);
}

Result<Media> MediaLibrary::restore(const Context& context, MediaId id) {
  std::optional<Media> restored;
  auto done = within_unit(context, ports_.units, [&](const Context& joined) -> Result<void> {
    auto media = lock_to_change(joined, id);
    if (!media) return std::move(media).error();
    if (media->state != MediaState::kDeleted) {
      return Error{.code = Code::kStatusChangeNotAllowed,
                   .message = "The media is " + std::string(name_of(media->state)) +
                              ": there is nothing to restore."};
    }
    restored = *std::move(media);
    restored->state = restored->restored_state;
    restored->deleted_at.reset();
    restored->purge_at.reset();
    restored->updated_at = ports_.clock.now();
    return ports_.media.update(joined, *restored);
  });
  if (!done) return std::move(done).error();
  ports_.observer.media_changed(context, MediaChange::kRestored, *restored);
  return *std::move(restored);
}

Result<Readable> MediaLibrary::content(const Context& context, MediaId id) {
  const auto media = visible(context, id);
  if (!media) return media.error();
  if (!is_readable(*media)) return not_found();
  const MediaType* const type = find_media_type(media->type);
  return Readable{
      .key = content_key(*media->hash),
      .bytes = media->bytes,
      .type = media->type,
      .identity = media->hash->to_string(),
      .modified_at = *media->completed_at,
      // What is shown stays as it was said; what is saved is what it seems to be.
      .file_name = type == nullptr ? media->file_name : file_name_of_type(media->file_name, *type)};
}

Result<Readable> MediaLibrary::preview(const Context& context, MediaId id, std::string_view name) {
  const auto media = visible(context, id);
  if (!media) return media.error();
  const auto& previews = media->facts.previews;
  const bool is_there =
      is_readable(*media) && std::find(previews.begin(), previews.end(), name) != previews.end();
  const Error no_preview{.code = Code::kNotFound, .message = "There is no such preview."};
  if (!is_there) return no_preview;
  Readable readable{.key = preview_key(*media->hash, name),
                    .bytes = 0,
                    .type = std::string(type_of_preview(name)),
                    .identity = media->hash->to_string() + '-' + std::string(name),
                    .modified_at = *media->completed_at,
                    .file_name = std::string(name)};
  const auto facts = ports_.blobs.find(context, readable.key);
  if (!facts) return facts.error();
  if (!*facts) return no_preview;
  readable.bytes = (*facts)->bytes;
  return readable;
}

Result<BlobContent> MediaLibrary::open(const Context& context, const Readable& readable,
                                       std::uint64_t offset, std::uint64_t length) {
  auto content = ports_.blobs.open(context, readable.key, offset, length);
  if (content) ports_.observer.media_transferred(context, MediaTransfer::kSent, length);
  return content;
}

std::optional<std::string> MediaLibrary::read_url(const Readable& readable,
                                                  std::chrono::seconds lifetime) {
  return ports_.blobs.read_url(readable.key, ports_.clock.now() + lifetime);
}

Result<MediaLibrary::Seen> MediaLibrary::look(const Context& context, MediaId id) {
  auto found = context.unit_of_work != nullptr ? ports_.media.lock(context, id)
                                               : ports_.media.find(context, id);
  if (!found) return std::move(found).error();
  Seen seen{.exists = found->has_value(), .media = {}, .event = {}};
  if (seen.exists) seen.media = **std::move(found);
  if (seen.media.event_id && !is_keeper(context.principal, seen.media)) {
    auto event = ports_.events.find(context, *seen.media.event_id);
    if (!event) return std::move(event).error();
    seen.event = *std::move(event);
  }
  return seen;
}

Result<Media> MediaLibrary::visible(const Context& context, MediaId id) {
  auto seen = look(context, id);
  if (!seen) return std::move(seen).error();
  if (auto allowed = may_see(context.principal, seen->media, seen->event); !allowed) {
    return std::move(allowed).error();
  }
  if (!seen->exists) return not_found();
  return std::move(seen->media);
}

Result<Media> MediaLibrary::lock_to_change(const Context& context, MediaId id) {
  auto seen = look(context, id);
  if (!seen) return std::move(seen).error();
  if (auto allowed = may_change(context.principal, seen->media, seen->event); !allowed) {
    return std::move(allowed).error();
  }
  if (!seen->exists) return not_found();
  return std::move(seen->media);
}

}  // namespace vigie::domain
