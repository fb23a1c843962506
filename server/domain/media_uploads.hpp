#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/domain/blob_store.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/context.hpp"
#include "server/domain/event_store.hpp"
#include "server/domain/id_source.hpp"
#include "server/domain/job_queue.hpp"
#include "server/domain/media.hpp"
#include "server/domain/media_store.hpp"
#include "server/domain/media_type.hpp"
#include "server/domain/observer.hpp"
#include "server/domain/result.hpp"
#include "server/domain/secrets.hpp"
#include "server/domain/storage_room.hpp"
#include "server/domain/unit_of_work.hpp"

namespace vigie::domain {

/// Bytes on their way in, and what was said of them beforehand.
struct UploadContent {
  BlobSource& source;
  std::optional<std::uint64_t> length;
  std::optional<ContentHash> hash;
};

/// An upload with those of its parts that are there.
struct Upload {
  Media media;
  std::vector<MediaPart> parts;
};

/// A part that is there, and of what.
struct WrittenPart {
  Media media;
  MediaPart part;
};

/// Use-cases of uploads: created, written part by part in any order and as often as one likes,
/// completed. Every call acts for `context.principal` and asks server/domain/media_policy.hpp
/// first. Thread-safe.
///
/// What is interrupted goes on where it stopped: a part that was answered for is there, and every
/// call may be repeated. A part counts from its last complete writing on; one that is being written
/// anew does not count, and completing meanwhile is refused.
class MediaUploads {
 public:
  struct Ports {
    MediaStore& media;
    EventStore& events;
    BlobStore& blobs;
    JobQueue& jobs;
    UnitsOfWork& units;
    const Clock& clock;
    IdSource& ids;
    Observer& observer;
    StorageRoom& room;
    MessageAuthenticator& authenticator;
  };

  MediaUploads(const Ports& ports, const MediaLimits& limits) : ports_(ports), limits_(limits) {}

  /// kValidationFailed with all faults at once; kQuotaExceeded with the account's use and limit;
  /// kStorageFull when the account has room and the service has none.
  Result<Upload> create(const Context& context, const NewMedia& media);
  /// kStatusChangeNotAllowed when it is complete.
  Result<Upload> find(const Context& context, MediaId id);
  /// kChecksumMismatch when the bytes are not as many, or not those, that they should be.
  Result<WrittenPart> write_part(const Context& context, MediaId id, std::uint32_t number,
                                 const UploadContent& content);
  /// All parts, one after the other, out of one content; then completes. What fails leaves no bytes
  /// behind, but for whole parts before the one in which the client went away. kStorageFull before
  /// a byte is read, when the store has no room for what is missing. Of a complete one:
  /// what it is now if these are its bytes, which are read to be compared; else
  /// kStatusChangeNotAllowed. kUploadBusy when another call has written parts of its own meanwhile.
  Result<Media> write_whole(const Context& context, MediaId id, const UploadContent& content);
  /// Verifies size, hash and type, and leaves the rest to a job. kUploadIncomplete names what is
  /// missing; kChecksumMismatch leaves the parts to be written again; kMediaTypeNotAllowed drops
  /// the upload; kUploadBusy when a part is being written. Of a complete one: what it is now.
  /// `expected`: the hash that the whole must have, besides the one declared.
  Result<Media> complete(const Context& context, MediaId id,
                         const std::optional<ContentHash>& expected = std::nullopt);

  const MediaLimits& limits() const noexcept { return limits_; }

 private:
  struct Verified;
  struct Expected;

  Result<Media> permitted(const Context& context, MediaId id);
  Result<Media> unfinished(const Context& context, MediaId id);
  Result<void> admit(const Context& context, const Media& media);
  Error no_room(const Context& context, const Media& media, Error reason);
  Result<void> has_room_for_rest(const Context& context, const Media& media);
  Result<std::optional<Event>> event_of(const Context& context, const NewMedia& media);
  Result<MediaPart> write(const Context& context, const Media& media, const PartPlace& place,
                          const UploadContent& content);
  Result<Media> write_again(const Context& context, Media media, const UploadContent& content);
  Result<Media> write_parts(const Context& context, const Media& media,
                            const UploadContent& content);
  void give_back(const Context& context, const Media& media, std::uint32_t parts);
  void give_back(const Context& context, const Media& media, const PartPlace& place);
  Result<Media> complete_as(const Context& context, MediaId id, const Expected& expected);
  Result<Verified> verify(const Context& context, const Media& media, const Expected& expected);
  Result<ContentHash> hash_of(const Context& context, const Media& media, const JoinPlan& plan);
  Result<Media> finish(const Context& context, const Media& media, const Verified& verified);
  Result<Media> finish_locked(const Context& context, Media media, const Verified& verified);
  Error drop(const Context& context, const Media& media, Error reason);

  Ports ports_;
  MediaLimits limits_;
};

}  // namespace vigie::domain
