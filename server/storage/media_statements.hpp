#pragma once

#include <string_view>

#include "server/storage/media_rows.hpp"
#include "server/storage/query.hpp"

/// The statements of PgMediaStore.
namespace vigie::storage::media_statements {

// clang-format off
/// The usage is taken first, under its row's lock: of many at once, each sees what the others took.
inline constexpr Query kInsert{
    .name = QueryName::kMediaInsert,
    .sql =
        "WITH taken AS ("
        "INSERT INTO media_usage AS mine (account_id, bytes) SELECT $2, $6 WHERE $6 <= $11 "
        "ON CONFLICT (account_id) DO UPDATE SET bytes = mine.bytes + excluded.bytes "
        "WHERE mine.bytes + excluded.bytes <= $11 RETURNING bytes), "
        "inserted AS ("
        "INSERT INTO media (id, owner_id, event_id, state, file_name, declared_type, bytes, "
        "part_bytes, declared_hash, created_at, updated_at, expires_at) "
        "SELECT $1, $2, $3, 'uploading', $4, $5, $6, $7, $8, $9, $9, $10 FROM taken RETURNING id) "
        "SELECT EXISTS (SELECT FROM inserted), COALESCE((SELECT bytes FROM taken), "
        "(SELECT bytes FROM media_usage WHERE account_id = $2), 0)",
    .operation = "INSERT",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kMediaInsert)};

inline constexpr Query kBytesUsed{
    .name = QueryName::kMediaBytesUsed,
    .sql = "SELECT COALESCE((SELECT bytes FROM media_usage WHERE account_id = $1), 0)",
    .operation = "SELECT",
    .is_read = true,
    .statement = statement_of(QueryName::kMediaBytesUsed)};

inline constexpr Query kFind{
    .name = QueryName::kMediaFind,
    .sql =
        "SELECT "
        "id, owner_id, event_id, state, file_name, declared_type, bytes, part_bytes, declared_hash, "
        "created_at, updated_at, expires_at, generation, verified_hash, hash, type, job_id, "
        "completed_at, width, height, previews, failure, deleted_at, purge_at"
        " FROM media WHERE id = $1",
    .operation = "SELECT",
    .is_read = true,
    .statement = statement_of(QueryName::kMediaFind)};

inline constexpr Query kLock{
    .name = QueryName::kMediaLock,
    .sql =
        "SELECT "
        "id, owner_id, event_id, state, file_name, declared_type, bytes, part_bytes, declared_hash, "
        "created_at, updated_at, expires_at, generation, verified_hash, hash, type, job_id, "
        "completed_at, width, height, previews, failure, deleted_at, purge_at"
        " FROM media WHERE id = $1 FOR UPDATE",
    .operation = "SELECT",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kMediaLock)};

inline constexpr Query kList{
    .name = QueryName::kMediaList,
    .sql =
        "SELECT "
        "id, owner_id, event_id, state, file_name, declared_type, bytes, part_bytes, declared_hash, "
        "created_at, updated_at, expires_at, generation, verified_hash, hash, type, job_id, "
        "completed_at, width, height, previews, failure, deleted_at, purge_at"
        " FROM media WHERE owner_id = $1 AND deleted_at IS NULL AND (created_at, id) < ($2, $3) "
        "ORDER BY created_at DESC, id DESC LIMIT $4",
    .operation = "SELECT",
    .is_read = true,
    .statement = statement_of(QueryName::kMediaList)};

inline constexpr Query kListOfEvent{
    .name = QueryName::kMediaListOfEvent,
    .sql =
        "SELECT "
        "id, owner_id, event_id, state, file_name, declared_type, bytes, part_bytes, declared_hash, "
        "created_at, updated_at, expires_at, generation, verified_hash, hash, type, job_id, "
        "completed_at, width, height, previews, failure, deleted_at, purge_at"
        " FROM media WHERE event_id = $1 AND deleted_at IS NULL AND state <> 'uploading' "
        "AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4",
    .operation = "SELECT",
    .is_read = true,
    .statement = statement_of(QueryName::kMediaListOfEvent)};

static_assert(kFind.sql.find(kMediaColumns) != std::string_view::npos);
static_assert(kLock.sql.find(kMediaColumns) != std::string_view::npos);
static_assert(kList.sql.find(kMediaColumns) != std::string_view::npos);
static_assert(kListOfEvent.sql.find(kMediaColumns) != std::string_view::npos);

inline constexpr Query kParts{
    .name = QueryName::kMediaParts,
    .sql =
        "SELECT number, bytes, hash, token, COALESCE(head, '') FROM media_parts "
        "WHERE media_id = $1 AND hash IS NOT NULL ORDER BY number",
    .operation = "SELECT",
    .is_read = true,
    .statement = statement_of(QueryName::kMediaParts)};

inline constexpr Query kBeginPart{
    .name = QueryName::kMediaBeginPart,
    .sql =
        "WITH begun AS ("
        "UPDATE media SET generation = generation + 1, verified_hash = NULL "
        "WHERE id = $1 AND state = 'uploading' RETURNING id, generation), "
        "part AS ("
        "INSERT INTO media_parts (media_id, number, generation) "
        "SELECT id, $2, generation FROM begun "
        "ON CONFLICT (media_id, number) DO UPDATE SET generation = excluded.generation, "
        "bytes = NULL, hash = NULL, token = NULL, head = NULL) "
        "SELECT (SELECT generation FROM begun), EXISTS (SELECT FROM media WHERE id = $1)",
    .operation = "UPDATE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kMediaBeginPart)};

/// Locks the upload before the part, as the beginning of a part does.
inline constexpr Query kFinishPart{
    .name = QueryName::kMediaFinishPart,
    .sql =
        "WITH upload AS ("
        "SELECT id FROM media WHERE id = $1 AND state = 'uploading' FOR UPDATE), "
        "written AS ("
        "UPDATE media_parts AS part SET bytes = $4, hash = $5, token = $6, "
        "head = NULLIF($7::bytea, '') FROM upload "
        "WHERE part.media_id = upload.id AND part.number = $2 AND part.generation = $3 "
        "RETURNING part.media_id), "
        "prolonged AS ("
        "UPDATE media SET expires_at = $8 WHERE id IN (SELECT media_id FROM written)) "
        "SELECT EXISTS (SELECT FROM written), EXISTS (SELECT FROM media WHERE id = $1)",
    .operation = "UPDATE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kMediaFinishPart)};

inline constexpr Query kSetVerified{
    .name = QueryName::kMediaSetVerified,
    .sql =
        "UPDATE media SET verified_hash = $2 "
        "WHERE id = $1 AND generation = $3 AND state = 'uploading'",
    .operation = "UPDATE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kMediaSetVerified)};

/// The update changes nothing and takes the lock, also of a row that came while this one waited.
inline constexpr Query kLockBlob{
    .name = QueryName::kBlobsLock,
    .sql =
        "INSERT INTO blobs AS blob (hash, bytes, reference_count, is_stored) "
        "VALUES ($1, $2, 0, false) ON CONFLICT (hash) DO UPDATE SET bytes = blob.bytes "
        "RETURNING hash, bytes, reference_count, is_stored",
    .operation = "INSERT",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kBlobsLock)};

inline constexpr Query kFindBlob{
    .name = QueryName::kBlobsFind,
    .sql =
        "SELECT hash, bytes, reference_count, is_stored FROM blobs WHERE hash = $1 FOR UPDATE",
    .operation = "SELECT",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kBlobsFind)};

inline constexpr Query kRemoveBlob{
    .name = QueryName::kBlobsRemove,
    .sql = "DELETE FROM blobs WHERE hash = $1 AND reference_count = 0",
    .operation = "DELETE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kBlobsRemove)};

inline constexpr Query kComplete{
    .name = QueryName::kMediaComplete,
    .sql =
        "WITH referred AS ("
        "UPDATE blobs SET reference_count = reference_count + 1, is_stored = true "
        "WHERE hash = $2), "
        "joined AS (DELETE FROM media_parts WHERE media_id = $1) "
        "UPDATE media SET state = $6, hash = $2, type = $3, job_id = $4, completed_at = $5, "
        "updated_at = $5, verified_hash = NULL WHERE id = $1",
    .operation = "UPDATE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kMediaComplete)};

inline constexpr Query kUpdate{
    .name = QueryName::kMediaUpdate,
    .sql =
        "UPDATE media SET state = $2, updated_at = $3, width = $4, height = $5, previews = $6, "
        "failure = $7, deleted_at = $8, purge_at = $9 WHERE id = $1",
    .operation = "UPDATE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kMediaUpdate)};

inline constexpr Query kForget{
    .name = QueryName::kMediaForget,
    .sql =
        "WITH gone AS (DELETE FROM media WHERE id = $1 RETURNING owner_id, bytes, hash), "
        "freed AS ("
        "UPDATE media_usage SET bytes = media_usage.bytes - gone.bytes FROM gone "
        "WHERE account_id = gone.owner_id) "
        "UPDATE blobs SET reference_count = reference_count - 1, "
        "is_stored = is_stored AND reference_count > 1 FROM gone WHERE blobs.hash = gone.hash",
    .operation = "DELETE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kMediaForget)};

inline constexpr Query kExpiredUploads{
    .name = QueryName::kMediaExpiredUploads,
    .sql =
        "SELECT id FROM media WHERE state = 'uploading' AND expires_at <= $1 "
        "ORDER BY expires_at LIMIT $2",
    .operation = "SELECT",
    .lane = Lane::kSlow,
    .is_read = true,
    .statement = statement_of(QueryName::kMediaExpiredUploads)};

/// One reading of the table: by owner, and then of all.
inline constexpr Query kCounts{
    .name = QueryName::kMediaCounts,
    .sql =
        "WITH of_owner AS (SELECT "
        "count(*) FILTER (WHERE deleted_at IS NULL AND state = 'uploading') AS uploading, "
        "count(*) FILTER (WHERE deleted_at IS NULL AND state = 'processing') AS processing, "
        "count(*) FILTER (WHERE deleted_at IS NULL AND state = 'ready') AS ready, "
        "count(*) FILTER (WHERE deleted_at IS NULL AND state = 'failed') AS failed, "
        "count(*) FILTER (WHERE deleted_at IS NOT NULL) AS deleted, "
        "min(purge_at) FILTER (WHERE purge_at <= $1) AS purge_due, "
        "count(*) FILTER (WHERE state = 'uploading' AND expires_at <= $1) AS abandoned, "
        "count(*) FILTER (WHERE state IN ('ready', 'failed') AND type LIKE 'image/%' "
        "AND completed_at > $1::timestamptz - interval '1 hour') AS recent, "
        "count(*) FILTER (WHERE state = 'failed' AND type LIKE 'image/%' "
        "AND completed_at > $1::timestamptz - interval '1 hour') AS recent_failed "
        "FROM media GROUP BY owner_id) "
        "SELECT COALESCE(sum(uploading), 0)::bigint, COALESCE(sum(processing), 0)::bigint, "
        "COALESCE(sum(ready), 0)::bigint, COALESCE(sum(failed), 0)::bigint, "
        "COALESCE(sum(deleted), 0)::bigint, min(purge_due), COALESCE(sum(abandoned), 0)::bigint, "
        "(SELECT COALESCE(sum(bytes), 0)::bigint FROM media_usage), "
        "count(*) FILTER (WHERE recent > 0), count(*) FILTER (WHERE recent_failed * 2 > recent) "
        "FROM of_owner",
    .operation = "SELECT",
    .lane = Lane::kSlow,
    .is_read = true,
    .statement = statement_of(QueryName::kMediaCounts)};
// clang-format on

}  // namespace vigie::storage::media_statements
