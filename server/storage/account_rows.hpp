#pragma once

#include "server/domain/account.hpp"
#include "server/domain/result.hpp"
#include "server/storage/rows.hpp"

namespace vigie::storage {

/// Of columns id, email, display_name, role, password_hash, created_at, disabled_at and
/// credentials_version, from column `first` on.
domain::Result<domain::Account> read_account(const Rows& rows, int row, int first = 0);

}  // namespace vigie::storage
