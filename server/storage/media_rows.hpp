#pragma once

#include "server/domain/media.hpp"
#include "server/storage/parameters.hpp"
#include "server/storage/rows.hpp"

namespace vigie::storage {

/// Of sql::media::columns, from the first one of the row on.
domain::Result<domain::Media> read_media(const Rows& rows, int row);

domain::ContentHash read_hash(const Rows& rows, int row, int column);

}  // namespace vigie::storage
