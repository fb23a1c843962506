#pragma once

#include "server/domain/event.hpp"
#include "server/domain/result.hpp"
#include "server/storage/parameters.hpp"
#include "server/storage/rows.hpp"

namespace vigie::storage {

/// Of sql::events::columns, from the first one of the row on.
domain::Result<domain::Event> read_event(const Rows& rows, int row);

/// Appends what a client may write, in the order of the columns: title … price_currency.
void add_content(Parameters& parameters, const domain::EventDraft& content);

}  // namespace vigie::storage
