#pragma once

#include <string_view>

#include "server/domain/media.hpp"
#include "server/storage/parameters.hpp"
#include "server/storage/rows.hpp"

namespace vigie::storage {

/// In the order that read_media() expects.
inline constexpr std::string_view kMediaColumns =
    "id, owner_id, event_id, state, file_name, declared_type, bytes, part_bytes, declared_hash, "
    "created_at, updated_at, expires_at, generation, verified_hash, hash, type, job_id, "
    "completed_at, width, height, previews, failure, deleted_at, purge_at";

domain::Result<domain::Media> read_media(const Rows& rows, int row);

domain::ContentHash read_hash(const Rows& rows, int row, int column);

}  // namespace vigie::storage
