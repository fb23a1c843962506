#include "server/domain/media_uploads.hpp"

#include <algorithm>
#include <utility>

#include "server/domain/field_faults.hpp"
#include "server/domain/job_origin.hpp"
#include "server/domain/job_payload.hpp"
#include "server/domain/media_policy.hpp"
#include "server/domain/media_recognition.hpp"
#include "server/domain/media_rules.hpp"
#include "server/domain/part_writing.hpp"
#include "server/domain/upload_errors.hpp"

namespace vigie::domain {
namespace {

JoinPlan plan_of(const Media& media, const std::vector<MediaPart>& parts) {
  JoinPlan plan{.upload = upload_key(media.id), .parts = {}};
  plan.parts.reserve(parts.size());
  for (const MediaPart& part : parts) plan.parts.push_back(part.receipt);
  return plan;
}

NewJob process_job(const Media& media, std::string origin) {
  return {.kind = "media.process",
          .lane = JobLane::kHigh,
          .payload = PayloadWriter()
                         .text("media_id", media.id.to_string())
                         .text("hash", media.hash->to_string())
                         .text("type", media.type)
                         .text("owner", media.owner_id.to_string())
                         .take(),
          .unique_key = "media.process:" + media.id.to_string(),
          .origin = std::move(origin)};
}

}  // namespace

/// A content that may become a media's: how it is joined, and what it is.
struct MediaUploads::Verified {
  JoinPlan plan;
  ContentHash hash;
  const MediaType* type = nullptr;
};

/// What the content must be, for who completes it.
struct MediaUploads::Expected {
  std::optional<ContentHash> hash;
  /// Of its parts, for who has written them all; else empty.
  std::vector<ContentHash> parts;

  /// Whether it is the whole that was joined. Of several parts only the hash of the whole tells.
  bool is(const Media& complete) const {
    if (hash) return hash == complete.hash;
    return parts.empty() || (parts.size() == 1 && parts.front() == complete.hash);
  }
  bool are(const std::vector<MediaPart>& written) const {
    return parts.empty() || std::equal(parts.begin(), parts.end(), written.begin(), written.end(),
                                       [](const ContentHash& own, const MediaPart& part) {
                                         return own == part.receipt.hash;
                                       });
  }
};

Result<Upload> MediaUploads::create(const Context& context, const NewMedia& wanted) {
  auto event = event_of(context, wanted);
  if (!event) return std::move(event).error();
  if (auto allowed = may_upload(context.principal, *event); !allowed) {
    return std::move(allowed).error();
  }
  if (auto faults = faults_of(wanted, limits_); !faults.empty()) {
    return validation_error(std::move(faults));
  }
  const auto bytes = static_cast<std::uint64_t>(wanted.bytes);
  const Timestamp now = ports_.clock.now();
  Upload upload;
  upload.media = {.id = {ports_.ids.next()},
                  .owner_id = *context.principal.account_id,
                  .event_id = wanted.event_id,
                  .file_name = wanted.file_name,
                  .declared_type = wanted.type,
                  .bytes = bytes,
                  .part_bytes = wanted.part_bytes > 0
                                    ? static_cast<std::uint64_t>(wanted.part_bytes)
                                    : part_bytes_for(bytes, limits_),
                  .declared_hash = wanted.hash,
                  .created_at = now,
                  .updated_at = now,
                  .expires_at = now + limits_.upload_lifetime};
  if (auto admitted = admit(context, upload.media); !admitted) return std::move(admitted).error();
  ports_.observer.media_changed(context, MediaChange::kCreated, upload.media);
  return upload;
}

Result<Upload> MediaUploads::find(const Context& context, MediaId id) {
  auto media = unfinished(context, id);
  if (!media) return std::move(media).error();
  auto parts = ports_.media.parts(context, id);
  if (!parts) return std::move(parts).error();
  return Upload{*std::move(media), *std::move(parts)};
}

Result<WrittenPart> MediaUploads::write_part(const Context& context, MediaId id,
                                             std::uint32_t number, const UploadContent& content) {
  auto media = unfinished(context, id);
  if (!media) return std::move(media).error();
  const auto place = part_place(*media, number);
  if (!place) return no_such_part(*media);
  if (content.length && *content.length != place->bytes) {
    return wrong_length(*place, *content.length);
  }
  auto part = write(context, *media, *place, content);
  if (!part) return std::move(part).error();
  return WrittenPart{*std::move(media), *std::move(part)};
}

Result<Media> MediaUploads::write_whole(const Context& context, MediaId id,
                                        const UploadContent& content) {
  auto media = permitted(context, id);
  if (!media) return media;
  if (media->state != MediaState::kUploading) {
    return write_again(context, *std::move(media), content);
  }
  if (content.length && *content.length != media->bytes) {
    return wrong_length({.bytes = media->bytes}, *content.length);
  }
  if (auto room = has_room_for_rest(context, *media); !room) return std::move(room).error();
  return write_parts(context, *media, content);
}

/// What fails for good, as bytes that are not those that were announced, or a full disk, is of no
/// use to anybody.
Result<Media> MediaUploads::write_parts(const Context& context, const Media& media,
                                        const UploadContent& content) {
  SharedSource source(content.source);
  const std::uint32_t count = part_count(media);
  std::uint32_t written = 0;
  Expected own{.hash = content.hash, .parts = {}};
  Result<void> done;
  for (; done && written < count; written += done ? 1 : 0) {
    const PartPlace place = *part_place(media, written + 1);
    PortionSource portion(source, place.bytes);
    auto part = write(context, media, place, {.source = portion, .length = {}, .hash = {}});
    if (part) {
      own.parts.push_back(part->receipt.hash);
    } else {
      done = std::move(part).error();
    }
  }
  if (done) done = source.is_at_end();
  Result<Media> completed =
      done ? complete_as(context, media.id, own) : Result<Media>(std::move(done).error());
  if (completed || source.has_failed()) return completed;
  const Code code = completed.error().code;
  const bool is_useless =
      code == Code::kChecksumMismatch || code == Code::kUnavailable || code == Code::kStorageFull;
  if (is_useless) give_back(context, media, written);
  return completed;
}

/// The first `parts` count no more, nor do their bytes lie in the store.
void MediaUploads::give_back(const Context& context, const Media& media, std::uint32_t parts) {
  for (std::uint32_t number = 1; number <= parts; ++number) {
    give_back(context, media, *part_place(media, number));
  }
}

/// The row comes first, as it does for who writes: whoever counts on the part is told by its
/// generation, and not by bytes that are gone. One that is begun and left gives its bytes back; one
/// that another request writes meanwhile is left to it. What fails here, the end of the upload's
/// life makes good.
void MediaUploads::give_back(const Context& context, const Media& media, const PartPlace& place) {
  if (!ports_.media.begin_part(context, media.id, place.number)) return;
  static_cast<void>(ports_.blobs.write_part(context, place));
}

/// Written beside, under a name that no other upload has, to be hashed as every content is; then it
/// goes again.
Result<Media> MediaUploads::write_again(const Context& context, Media media,
                                        const UploadContent& content) {
  const bool is_other = (content.length && *content.length != media.bytes) ||
                        (content.hash && content.hash != media.hash);
  if (is_other) return already_complete();
  const BlobKey beside = upload_key({ports_.ids.next()});
  const PartPlace place{.upload = beside, .bytes = media.bytes};
  auto sink = ports_.blobs.write_part(context, place);
  if (!sink) return std::move(sink).error();
  const auto written =
      write_all(**sink, place, {.source = content.source, .length = {}, .hash = {}});
  sink->reset();
  static_cast<void>(ports_.blobs.abandon(context, beside));
  const bool is_longer = !written && written.error().code == Code::kChecksumMismatch;
  if (is_longer) return already_complete();
  if (!written) return written.error();
  return written->receipt.hash == media.hash ? Result<Media>(std::move(media)) : already_complete();
}

Result<MediaPart> MediaUploads::write(const Context& context, const Media& media,
                                      const PartPlace& place, const UploadContent& content) {
  // From here on what the part was before does not count: the store may write over it.
  if (auto begun = ports_.media.begin_part(context, media.id, place.number); !begun) {
    return begun.error();
  }
  auto sink = ports_.blobs.write_part(context, place);
  if (!sink) return std::move(sink).error();
  // Again: another request may have written the part between the two, and its bytes are struck out
  // now. From here on the store lets nobody else at it.
  const auto generation = ports_.media.begin_part(context, media.id, place.number);
  if (!generation) return generation.error();
  auto written = write_all(**sink, place, content);
  sink->reset();
  // The store's upload goes when another request completes it.
  if (!written && written.error().code == Code::kNotFound) {
    const auto still = permitted(context, media.id);
    return still ? parts_busy() : still.error();
  }
  // It may lie there whole.
  if (!written && written.error().code == Code::kChecksumMismatch) {
    give_back(context, media, place);
  }
  if (!written) return written;
  ports_.observer.media_transferred(context, MediaTransfer::kReceived, place.bytes);
  const Timestamp expires_at = ports_.clock.now() + limits_.upload_lifetime;
  auto kept = ports_.media.finish_part(context, media.id, *written, *generation, expires_at);
  if (!kept) return std::move(kept).error();
  return written;
}

Result<Media> MediaUploads::complete(const Context& context, MediaId id,
                                     const std::optional<ContentHash>& expected) {
  return complete_as(context, id, {.hash = expected, .parts = {}});
}

/// Of two calls at once, the second may find parts that the first has joined or is joining. It
/// looks again: then the media is complete, or its hash is known and it waits for the first one's
/// commit.
Result<Media> MediaUploads::complete_as(const Context& context, MediaId id,
                                        const Expected& expected) {
  constexpr int kLooks = 3;
  for (int look = 1;; ++look) {
    auto media = permitted(context, id);
    if (!media) return media;
    if (media->state != MediaState::kUploading) {
      return expected.is(*media) ? media : Result<Media>(already_complete());
    }
    auto verified = verify(context, *media, expected);
    if (verified) return finish(context, *media, *verified);
    Error reason = std::move(verified).error();
    if (reason.code == Code::kMediaTypeNotAllowed) return drop(context, *media, std::move(reason));
    const bool may_be_joined =
        reason.code == Code::kUploadIncomplete || reason.code == Code::kNotFound;
    if (!may_be_joined || look == kLooks) return reason;
  }
}

Result<MediaUploads::Verified> MediaUploads::verify(const Context& context, const Media& media,
                                                    const Expected& expected) {
  const auto parts = ports_.media.parts(context, media.id);
  if (!parts) return parts.error();
  if (parts->size() != part_count(media)) return incomplete(media, *parts);
  if (!expected.are(*parts)) return parts_busy();
  const auto type = accepted_type(media.declared_type, recognised_type(parts->front().head));
  if (!type) return type.error();
  Verified verified{.plan = plan_of(media, *parts), .hash = {}, .type = *type};
  const auto hash = hash_of(context, media, verified.plan);
  if (!hash) return hash.error();
  const bool is_as_said =
      *hash == media.declared_hash.value_or(*hash) && *hash == expected.hash.value_or(*hash);
  if (!is_as_said) {
    return Error{.code = Code::kChecksumMismatch,
                 .message = "The parts together have the SHA-256 " + hash->to_string() +
                            ", not the one that was declared."};
  }
  verified.hash = *hash;
  return verified;
}

/// Computed once: after a failure of what follows, the parts may be joined and gone already.
Result<ContentHash> MediaUploads::hash_of(const Context& context, const Media& media,
                                          const JoinPlan& plan) {
  if (media.verified_hash) return *media.verified_hash;
  // One part is the whole, and was hashed on its way in.
  if (plan.parts.size() == 1) return plan.parts.front().hash;
  auto hash = ports_.blobs.hash(context, plan);
  if (!hash) return hash;
  auto kept = ports_.media.set_verified(context, media.id, *hash, media.generation);
  if (!kept) return std::move(kept).error();
  return hash;
}

Result<Media> MediaUploads::finish(const Context& context, const Media& media,
                                   const Verified& verified) {
  std::optional<Media> finished;
  bool is_first = false;
  auto done = within_unit(
      context, ports_.units,
      [&](const Context& joined) -> Result<void> {
        is_first = false;
        auto locked = ports_.media.lock(joined, media.id);
        if (!locked) return std::move(locked).error();
        if (!*locked) return no_such_media();
        finished = **std::move(locked);
        if (finished->state != MediaState::kUploading) {  // another call was faster
          return finished->hash == verified.hash ? Result<void>() : already_complete();
        }
        if (finished->generation != media.generation) return parts_busy();
        auto result = finish_locked(joined, *std::move(finished), verified);
        if (!result) return std::move(result).error();
        finished = *std::move(result);
        is_first = true;
        return {};
      },
      UnitPace::kSlow);
  if (!done) return std::move(done).error();
  if (is_first) {
    // Of a content that was there already, the parts are left. What fails here, the sweeper finds.
    static_cast<void>(ports_.blobs.abandon(context, verified.plan.upload));
    ports_.observer.media_changed(context, MediaChange::kCompleted, *finished);
  }
  return *std::move(finished);
}

Result<Media> MediaUploads::finish_locked(const Context& context, Media media,
                                          const Verified& verified) {
  const auto blob = ports_.media.lock_blob(context, verified.hash, media.bytes);
  if (!blob) return blob.error();
  if (!blob->is_stored) {
    auto joined = ports_.blobs.join(context, verified.plan, content_key(verified.hash));
    if (!joined) return std::move(joined).error();
  }
  const Timestamp now = ports_.clock.now();
  media.state = MediaState::kProcessing;
  media.hash = verified.hash;
  media.type = verified.type->name;
  media.completed_at = now;
  media.updated_at = now;
  const auto job =
      ports_.jobs.enqueue(context, process_job(media, job_origin(ports_.authenticator, context)));
  if (!job) return job.error();
  media.job_id = *job;
  if (auto kept = ports_.media.complete(context, media); !kept) return std::move(kept).error();
  return media;
}

/// The upload is gone with its parts, and `reason` is why.
Error MediaUploads::drop(const Context& context, const Media& media, Error reason) {
  auto dropped = within_unit(context, ports_.units, [&](const Context& joined) -> Result<void> {
    const auto locked = ports_.media.lock(joined, media.id);
    if (!locked) return locked.error();
    const bool is_same = *locked && (*locked)->state == MediaState::kUploading &&
                         (*locked)->generation == media.generation;
    return is_same ? ports_.media.forget(joined, **locked) : parts_busy();
  });
  if (!dropped) return std::move(dropped).error();
  static_cast<void>(ports_.blobs.abandon(context, upload_key(media.id)));
  ports_.observer.media_changed(context, MediaChange::kRefused, media);
  return reason;
}

Result<std::optional<Event>> MediaUploads::event_of(const Context& context, const NewMedia& media) {
  if (!media.event_id || context.principal.is_anonymous()) return std::optional<Event>{};
  auto event = ports_.events.find(context, *media.event_id);
  // As may_see() refuses: what is not there looks like the draft of somebody else.
  if (event && !*event) return Error{.code = Code::kNotFound, .message = "There is no such event."};
  return event;
}

Result<Media> MediaUploads::permitted(const Context& context, MediaId id) {
  auto found = ports_.media.find(context, id);
  if (!found) return std::move(found).error();
  const bool exists = found->has_value();
  Media media = exists ? **std::move(found) : Media{};
  std::optional<Event> event;
  const bool needs_event = media.event_id && !is_keeper(context.principal, media);
  if (needs_event && !context.principal.is_anonymous()) {
    auto seen = ports_.events.find(context, *media.event_id);
    if (!seen) return std::move(seen).error();
    event = *std::move(seen);
  }
  if (auto allowed = may_change(context.principal, media, event); !allowed) {
    return std::move(allowed).error();
  }
  if (!exists || media.state == MediaState::kDeleted) return no_such_media();
  const bool has_expired =
      media.state == MediaState::kUploading && media.expires_at <= ports_.clock.now();
  if (has_expired) return no_such_media();
  return media;
}

Result<Media> MediaUploads::unfinished(const Context& context, MediaId id) {
  auto media = permitted(context, id);
  if (media && media->state != MediaState::kUploading) return already_complete();
  return media;
}

}  // namespace vigie::domain
