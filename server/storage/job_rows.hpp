#pragma once

#include "server/domain/job.hpp"
#include "server/storage/rows.hpp"

namespace vigie::storage {

/// Of sql::jobs::columns, from the first one of the row on.
domain::Job read_job(const Rows& rows, int row);

}  // namespace vigie::storage
