#pragma once

#include <string_view>

#include "server/domain/event.hpp"
#include "server/domain/result.hpp"
#include "server/storage/parameters.hpp"
#include "server/storage/rows.hpp"

namespace vigie::storage {

/// The columns of an event in the order that read_event expects.
inline constexpr std::string_view kEventColumns =
    "id, owner_id, status, title, description, category, tags, venue_name, venue_address, "
    "venue_latitude, venue_longitude, starts_at, ends_at, time_zone, capacity, "
    "price_amount_minor, price_currency, version, created_at, updated_at";

domain::Result<domain::Event> read_event(const Rows& rows, int row);

/// Appends what a client may write, in the order of the columns: title … price_currency.
void add_content(Parameters& parameters, const domain::EventDraft& content);

}  // namespace vigie::storage
