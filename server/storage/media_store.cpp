#include "server/storage/media_store.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/storage/media_rows.hpp"
#include "server/storage/sql/blobs.hpp"
#include "server/storage/sql/media.hpp"
#include "server/storage/sqlstate.hpp"

namespace vigie::storage {
namespace {

using domain::BlobRecord;
using domain::Code;
using domain::ContentHash;
using domain::Media;
using domain::MediaId;
using domain::MediaState;

domain::Error refusal(Code code, std::string message) {
  return {.code = code, .message = std::move(message)};
}

Parameters& add_hash(Parameters& parameters, const std::optional<ContentHash>& hash) {
  return hash ? parameters.bytes(hash->bytes) : parameters.null_bytes();
}

Parameters& add_time(Parameters& parameters, const std::optional<domain::Timestamp>& time) {
  return time ? parameters.timestamp(*time) : parameters.null_timestamp();
}

std::int64_t as_integer(std::uint64_t bytes) { return static_cast<std::int64_t>(bytes); }

BlobRecord read_blob(const Rows& rows) {
  namespace columns = sql::blobs::columns;
  return {.hash = read_hash(rows, 0, columns::kHash),
          .bytes = static_cast<std::uint64_t>(rows.integer(0, columns::kBytes)),
          .references = rows.integer(0, columns::kReferenceCount),
          .is_stored = rows.boolean(0, columns::kIsStored)};
}

domain::Result<std::optional<Media>> one_media(const domain::Result<Rows>& rows) {
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<Media>{};
  auto media = read_media(*rows, 0);
  if (!media) return std::move(media).error();
  return std::optional(*std::move(media));
}

/// A position that everything comes after: the newest first.
domain::MediaPosition beginning() {
  domain::MediaPosition position;
  position.created_at = std::chrono::sys_days{std::chrono::year{9999} / 1 / 1};
  position.id.uuid.bytes.fill(0xff);
  return position;
}

}  // namespace

domain::Result<domain::QuotaAnswer> PgMediaStore::insert(const domain::Context& context,
                                                         const Media& media,
                                                         std::uint64_t quota_bytes) {
  Parameters parameters;
  parameters.uuid(media.id.uuid).uuid(media.owner_id.uuid);
  media.event_id ? parameters.uuid(media.event_id->uuid) : parameters.null_uuid();
  parameters.text(media.file_name)
      .text(media.declared_type)
      .integer(as_integer(media.bytes))
      .integer(as_integer(media.part_bytes));
  add_hash(parameters, media.declared_hash)
      .timestamp(media.created_at)
      .timestamp(media.expires_at)
      .integer(as_integer(quota_bytes));
  const auto rows = database_.exec(context, sql::media::kInsert, parameters);
  if (!rows) return rows.error();
  return domain::QuotaAnswer{.has_room = rows->boolean(0, 0),
                             .bytes_used = static_cast<std::uint64_t>(rows->integer(0, 1))};
}

domain::Result<std::uint64_t> PgMediaStore::bytes_used(const domain::Context& context,
                                                       domain::AccountId account) {
  const auto rows =
      database_.exec(context, sql::media::kBytesUsed, Parameters().uuid(account.uuid));
  if (!rows) return rows.error();
  return static_cast<std::uint64_t>(rows->integer(0, 0));
}

domain::Result<std::optional<Media>> PgMediaStore::find(const domain::Context& context,
                                                        MediaId id) {
  return one_media(database_.exec(context, sql::media::kFind, Parameters().uuid(id.uuid)));
}

domain::Result<std::optional<Media>> PgMediaStore::lock(const domain::Context& context,
                                                        MediaId id) {
  return one_media(database_.exec(context, sql::media::kLock, Parameters().uuid(id.uuid)));
}

domain::Result<domain::MediaPage> PgMediaStore::list(const domain::Context& context,
                                                     const domain::MediaQuery& query) {
  const domain::MediaPosition after = query.after.value_or(beginning());
  Parameters parameters;
  parameters.uuid(query.event ? query.event->uuid : query.owner.uuid)
      .timestamp(after.created_at)
      .uuid(after.id.uuid)
      .integer(query.limit + 1);
  const Query& statement = query.event ? sql::media::kListOfEvent : sql::media::kList;
  const auto rows = database_.exec(context, statement, parameters);
  if (!rows) return rows.error();
  domain::MediaPage page;
  for (int row = 0; row < std::min(rows->count(), query.limit); ++row) {
    auto media = read_media(*rows, row);
    if (!media) return std::move(media).error();
    page.items.push_back(*std::move(media));
  }
  if (rows->count() > query.limit) {
    page.next = domain::MediaPosition{page.items.back().created_at, page.items.back().id};
  }
  return page;
}

domain::Result<std::vector<domain::MediaPart>> PgMediaStore::parts(const domain::Context& context,
                                                                   MediaId id) {
  const auto rows = database_.exec(context, sql::media::kParts, Parameters().uuid(id.uuid));
  if (!rows) return rows.error();
  std::vector<domain::MediaPart> parts;
  parts.reserve(static_cast<std::size_t>(rows->count()));
  for (int row = 0; row < rows->count(); ++row) {
    parts.push_back({.number = static_cast<std::uint32_t>(rows->integer(row, 0)),
                     .receipt = {.bytes = static_cast<std::uint64_t>(rows->integer(row, 1)),
                                 .hash = read_hash(*rows, row, 2),
                                 .token = rows->string(row, 3)},
                     .head = rows->string(row, 4)});
  }
  return parts;
}

domain::Result<std::int64_t> PgMediaStore::begin_part(const domain::Context& context, MediaId id,
                                                      std::uint32_t number) {
  Parameters parameters;
  parameters.uuid(id.uuid).small_integer(static_cast<std::int32_t>(number));
  const auto rows = database_.exec(context, sql::media::kBeginPart, parameters);
  if (!rows) return rows.error();
  if (!rows->is_null(0, 0)) return rows->integer(0, 0);
  if (!rows->boolean(0, 1)) return refusal(Code::kNotFound, "There is no such media.");
  return refusal(Code::kStatusChangeNotAllowed, "The upload is complete.");
}

domain::Result<void> PgMediaStore::finish_part(const domain::Context& context, MediaId id,
                                               const domain::MediaPart& part,
                                               std::int64_t generation,
                                               domain::Timestamp expires_at) {
  Parameters parameters;
  parameters.uuid(id.uuid)
      .small_integer(static_cast<std::int32_t>(part.number))
      .integer(generation)
      .integer(as_integer(part.receipt.bytes))
      .bytes(part.receipt.hash.bytes)
      .text(part.receipt.token)
      .bytes(part.head)
      .timestamp(expires_at);
  const auto rows = database_.exec(context, sql::media::kFinishPart, parameters);
  if (!rows) return rows.error();
  if (rows->boolean(0, 0)) return {};
  if (!rows->boolean(0, 1)) return refusal(Code::kNotFound, "There is no such media.");
  return refusal(Code::kUploadBusy, "Another request writes this part, or has completed it all.");
}

domain::Result<void> PgMediaStore::set_verified(const domain::Context& context, MediaId id,
                                                const ContentHash& hash, std::int64_t generation) {
  return run(context, sql::media::kSetVerified,
             Parameters().uuid(id.uuid).bytes(hash.bytes).integer(generation));
}

domain::Result<BlobRecord> PgMediaStore::lock_blob(const domain::Context& context,
                                                   const ContentHash& hash, std::uint64_t bytes) {
  const auto rows = database_.exec(context, sql::blobs::kLock,
                                   Parameters().bytes(hash.bytes).integer(as_integer(bytes)));
  if (!rows) return rows.error();
  return read_blob(*rows);
}

domain::Result<std::optional<BlobRecord>> PgMediaStore::find_blob_locked(
    const domain::Context& context, const ContentHash& hash) {
  const auto rows = database_.exec(context, sql::blobs::kFind, Parameters().bytes(hash.bytes));
  if (!rows) return rows.error();
  return rows->empty() ? std::optional<BlobRecord>{} : std::optional(read_blob(*rows));
}

domain::Result<void> PgMediaStore::remove_blob(const domain::Context& context,
                                               const ContentHash& hash) {
  return run(context, sql::blobs::kRemove, Parameters().bytes(hash.bytes));
}

domain::Result<void> PgMediaStore::complete(const domain::Context& context, const Media& media) {
  Parameters parameters;
  parameters.uuid(media.id.uuid);
  add_hash(parameters, media.hash).text(media.type);
  media.job_id ? parameters.uuid(media.job_id->uuid) : parameters.null_uuid();
  add_time(parameters, media.completed_at).text(domain::name_of(media.state));
  return run(context, sql::media::kComplete, parameters);
}

domain::Result<void> PgMediaStore::update(const domain::Context& context, const Media& media) {
  const bool is_deleted = media.state == MediaState::kDeleted;
  Parameters parameters;
  parameters.uuid(media.id.uuid)
      .text(domain::name_of(is_deleted ? media.restored_state : media.state))
      .timestamp(media.updated_at)
      .small_integer(media.facts.width)
      .small_integer(media.facts.height)
      .texts(media.facts.previews)
      .text(media.failure);
  add_time(parameters, media.deleted_at);
  add_time(parameters, media.purge_at);
  return run(context, sql::media::kUpdate, parameters);
}

domain::Result<void> PgMediaStore::forget(const domain::Context& context, const Media& media) {
  return run(context, sql::media::kForget, Parameters().uuid(media.id.uuid));
}

domain::Result<std::vector<MediaId>> PgMediaStore::expired_uploads(const domain::Context& context,
                                                                   domain::Timestamp now,
                                                                   std::int32_t limit) {
  const auto rows = database_.exec(context, sql::media::kExpiredUploads,
                                   Parameters().timestamp(now).integer(limit));
  if (!rows) return rows.error();
  std::vector<MediaId> ids;
  ids.reserve(static_cast<std::size_t>(rows->count()));
  for (int row = 0; row < rows->count(); ++row) ids.push_back({rows->uuid(row, 0)});
  return ids;
}

domain::Result<domain::MediaCounts> PgMediaStore::counts(const domain::Context& context,
                                                         domain::Timestamp now) {
  const auto rows = database_.exec(context, sql::media::kCounts, Parameters().timestamp(now));
  if (!rows) return rows.error();
  domain::MediaCounts counts;
  constexpr int kStates = static_cast<int>(domain::kMediaStateNames.size());
  for (int state = 0; state < kStates; ++state) {
    counts.by_state[static_cast<std::size_t>(state)] = rows->integer(0, state);
  }
  if (!rows->is_null(0, kStates)) counts.purge_due = rows->timestamp(0, kStates);
  counts.uploads_abandoned = rows->integer(0, kStates + 1);
  counts.bytes_used = static_cast<std::uint64_t>(rows->integer(0, kStates + 2));
  counts.owners_processed = rows->integer(0, kStates + 3);
  counts.owners_failing = rows->integer(0, kStates + 4);
  return counts;
}

domain::Result<void> PgMediaStore::run(const domain::Context& context, const Query& query,
                                       const Parameters& parameters) {
  const auto rows = database_.exec(context, query, parameters);
  if (!rows) return rows.error();
  return {};
}

}  // namespace vigie::storage
