#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "server/domain/context.hpp"
#include "server/domain/media.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

/// A content that is stored once, however many media have it.
struct BlobRecord {
  ContentHash hash;
  std::uint64_t bytes = 0;
  /// Media with this content that are not purged.
  std::int64_t references = 0;
  /// The object is there, durably. Only ever said while the record is locked: first the object,
  /// then this; and on the way out first not this any more, committed, and then the object.
  bool is_stored = false;
};

/// Whether the account had room, and what it uses now.
struct QuotaAnswer {
  bool has_room = false;
  std::uint64_t bytes_used = 0;
};

/// For gauges.
struct MediaCounts {
  /// By MediaState.
  std::array<std::int64_t, kMediaStateNames.size()> by_state{};
  /// When the longest overdue purge was due; nothing: none is overdue.
  std::optional<Timestamp> purge_due;
  /// Uploads that have expired and are still there.
  std::int64_t uploads_abandoned = 0;
  /// What counts in the quotas of all accounts.
  std::uint64_t bytes_used = 0;
  /// Whose pictures, of those that were completed in the last hour, have been processed.
  std::int64_t owners_processed = 0;
  /// Of these: for whom more than half of them failed.
  std::int64_t owners_failing = 0;
};

/// Port: what is known of media, of their parts and of stored contents. As every store
/// (unit_of_work.hpp); those that lock need a unit of work, and hold the lock until it ends.
class MediaStore {
 public:
  virtual ~MediaStore() = default;

  /// Stores an upload if its owner then uses no more than `quota_bytes`, atomically: of many at
  /// once, none goes beyond.
  virtual Result<QuotaAnswer> insert(const Context&, const Media&, std::uint64_t quota_bytes) = 0;
  /// What counts in the account's quota.
  virtual Result<std::uint64_t> bytes_used(const Context&, AccountId) = 0;
  virtual Result<std::optional<Media>> find(const Context&, MediaId) = 0;
  virtual Result<MediaPage> list(const Context&, const MediaQuery&) = 0;
  virtual Result<std::optional<Media>> lock(const Context&, MediaId) = 0;

  /// The parts that were written, in order.
  virtual Result<std::vector<MediaPart>> parts(const Context&, MediaId) = 0;
  /// Forgets what there was of this part and of the verification, and answers with the upload's new
  /// generation. kStatusChangeNotAllowed when it is complete, kNotFound when it is gone.
  virtual Result<std::int64_t> begin_part(const Context&, MediaId, std::uint32_t number) = 0;
  /// kUploadBusy when another writing of this part has begun since `generation`; kNotFound when the
  /// upload is gone.
  virtual Result<void> finish_part(const Context&, MediaId, const MediaPart& part,
                                   std::int64_t generation, Timestamp expires_at) = 0;
  /// Keeps the hash of all parts; nothing happens when one was begun since.
  virtual Result<void> set_verified(const Context&, MediaId, const ContentHash& hash,
                                    std::int64_t generation) = 0;

  /// The content's record, locked; made when there is none.
  virtual Result<BlobRecord> lock_blob(const Context&, const ContentHash& hash,
                                       std::uint64_t bytes) = 0;
  /// The same, but nothing when there is none.
  virtual Result<std::optional<BlobRecord>> find_blob_locked(const Context&,
                                                             const ContentHash& hash) = 0;
  /// Pre: the record is locked, and nothing refers to it.
  virtual Result<void> remove_blob(const Context&, const ContentHash& hash) = 0;

  /// An upload becomes a media of its `hash`, whose record is locked and then says that the object
  /// is stored, with one reference more. The parts are forgotten. Pre: `media` is locked.
  virtual Result<void> complete(const Context&, const Media& media) = 0;
  /// Keeps state, facts, failure and times of deletion. Pre: `media` is locked, and complete.
  virtual Result<void> update(const Context&, const Media& media) = 0;
  /// Takes a media away for good, with its use of the quota and its reference to the content; the
  /// record of a content that nothing refers to any more is not `is_stored` from then on. Pre:
  /// `media` is locked.
  virtual Result<void> forget(const Context&, const Media& media) = 0;

  /// Uploads that have expired, the oldest first.
  virtual Result<std::vector<MediaId>> expired_uploads(const Context&, Timestamp now,
                                                       std::int32_t limit) = 0;
  virtual Result<MediaCounts> counts(const Context&, Timestamp now) = 0;
};

}  // namespace vigie::domain
