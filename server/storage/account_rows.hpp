#pragma once

#include <optional>

#include "server/domain/account.hpp"
#include "server/domain/result.hpp"
#include "server/storage/rows.hpp"

namespace vigie::storage {

/// Of sql::accounts::columns, from column `first` on.
domain::Result<domain::Account> read_account(const Rows& rows, int row, int first = 0);

/// The account in the first row; none when there is no row.
domain::Result<std::optional<domain::Account>> first_account(const domain::Result<Rows>& rows);

/// Of a statement that changes one account: an error when there is no such account.
domain::Result<void> one_changed(const domain::Result<Rows>& changed);

}  // namespace vigie::storage
