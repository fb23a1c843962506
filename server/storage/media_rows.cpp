#include "server/storage/media_rows.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/storage/sql/media.hpp"
#include "server/storage/sqlstate.hpp"

namespace vigie::storage {
namespace {

using domain::ContentHash;
using domain::Media;
using domain::MediaState;
namespace columns = sql::media::columns;

std::optional<ContentHash> hash_if_any(const Rows& rows, int row, int column) {
  if (rows.is_null(row, column)) return std::nullopt;
  return read_hash(rows, row, column);
}

std::optional<domain::Timestamp> time_if_any(const Rows& rows, int row, int column) {
  if (rows.is_null(row, column)) return std::nullopt;
  return rows.timestamp(row, column);
}

void read_upload(Media& media, const Rows& rows, int row) {
  media.bytes = static_cast<std::uint64_t>(rows.integer(row, columns::kBytes));
  media.part_bytes = static_cast<std::uint64_t>(rows.integer(row, columns::kPartBytes));
  media.declared_hash = hash_if_any(rows, row, columns::kDeclaredHash);
  media.expires_at = rows.timestamp(row, columns::kExpiresAt);
  media.generation = rows.integer(row, columns::kGeneration);
  media.verified_hash = hash_if_any(rows, row, columns::kVerifiedHash);
}

void read_content(Media& media, const Rows& rows, int row) {
  media.hash = hash_if_any(rows, row, columns::kHash);
  if (!media.hash) return;
  media.type = rows.string(row, columns::kType);
  if (!rows.is_null(row, columns::kJobId))
    media.job_id = domain::JobId{rows.uuid(row, columns::kJobId)};
  media.completed_at = time_if_any(rows, row, columns::kCompletedAt);
  media.facts = {.width = static_cast<std::int32_t>(rows.integer(row, columns::kWidth)),
                 .height = static_cast<std::int32_t>(rows.integer(row, columns::kHeight)),
                 .previews = rows.texts(row, columns::kPreviews)};
  media.failure = rows.string(row, columns::kFailure);
}

void read_deletion(Media& media, const Rows& rows, int row) {
  media.deleted_at = time_if_any(rows, row, columns::kDeletedAt);
  media.purge_at = time_if_any(rows, row, columns::kPurgeAt);
  if (!media.deleted_at) return;
  media.restored_state = media.state;
  media.state = MediaState::kDeleted;
}

}  // namespace

ContentHash read_hash(const Rows& rows, int row, int column) {
  ContentHash hash;
  const std::string_view bytes = rows.text(row, column);
  std::copy_n(bytes.begin(), std::min(bytes.size(), hash.bytes.size()), hash.bytes.begin());
  return hash;
}

domain::Result<Media> read_media(const Rows& rows, int row) {
  const auto state = domain::parse_media_state(rows.text(row, columns::kState));
  if (!state) return error_of(domain::Code::kInternal, "a media has an unknown state");
  Media media{.id = {rows.uuid(row, columns::kId)},
              .owner_id = {rows.uuid(row, columns::kOwnerId)},
              .state = *state,
              .file_name = rows.string(row, columns::kFileName),
              .declared_type = rows.string(row, columns::kDeclaredType),
              .created_at = rows.timestamp(row, columns::kCreatedAt),
              .updated_at = rows.timestamp(row, columns::kUpdatedAt)};
  if (!rows.is_null(row, columns::kEventId))
    media.event_id = domain::EventId{rows.uuid(row, columns::kEventId)};
  read_upload(media, rows, row);
  read_content(media, rows, row);
  read_deletion(media, rows, row);
  return media;
}

}  // namespace vigie::storage
