#include "server/storage/event_rows.hpp"

#include <cstdint>
#include <optional>

#include "server/storage/sql/events.hpp"
#include "server/storage/sqlstate.hpp"

namespace vigie::storage {
namespace {

using domain::Event;
using domain::EventDraft;
using domain::Venue;
namespace columns = sql::events::columns;

std::optional<Venue> read_venue(const Rows& rows, int row) {
  if (rows.is_null(row, columns::kVenueName)) return std::nullopt;
  return Venue{.name = rows.string(row, columns::kVenueName),
               .address = rows.string(row, columns::kVenueAddress),
               .latitude = rows.real(row, columns::kVenueLatitude),
               .longitude = rows.real(row, columns::kVenueLongitude)};
}

EventDraft read_content(const Rows& rows, int row) {
  return {.title = rows.string(row, columns::kTitle),
          .description = rows.string(row, columns::kDescription),
          .category = rows.string(row, columns::kCategory),
          .tags = rows.texts(row, columns::kTags),
          .venue = read_venue(rows, row),
          .starts_at = rows.timestamp(row, columns::kStartsAt),
          .ends_at = rows.timestamp(row, columns::kEndsAt),
          .time_zone = rows.string(row, columns::kTimeZone),
          .capacity = rows.integer(row, columns::kCapacity),
          .price = {.amount_minor = rows.integer(row, columns::kPriceAmountMinor),
                    .currency = rows.string(row, columns::kPriceCurrency)}};
}

void add_venue(Parameters& parameters, const std::optional<Venue>& venue) {
  if (!venue) {
    parameters.null_text().null_text().null_real().null_real();
    return;
  }
  parameters.text(venue->name).text(venue->address);
  parameters.real(venue->latitude).real(venue->longitude);
}

}  // namespace

domain::Result<Event> read_event(const Rows& rows, int row) {
  const auto status = domain::parse_event_status(rows.text(row, columns::kStatus));
  if (!status) return error_of(domain::Code::kInternal, "an event has an unknown status");
  return Event{.id = {rows.uuid(row, columns::kId)},
               .owner_id = {rows.uuid(row, columns::kOwnerId)},
               .status = *status,
               .content = read_content(rows, row),
               .version = rows.integer(row, columns::kVersion),
               .created_at = rows.timestamp(row, columns::kCreatedAt),
               .updated_at = rows.timestamp(row, columns::kUpdatedAt)};
}

void add_content(Parameters& parameters, const EventDraft& content) {
  parameters.text(content.title)
      .text(content.description)
      .text(content.category)
      .texts(content.tags);
  add_venue(parameters, content.venue);
  parameters.timestamp(content.starts_at)
      .timestamp(content.ends_at)
      .text(content.time_zone)
      // The rules keep it within 32 bits.
      .small_integer(static_cast<std::int32_t>(content.capacity))
      .integer(content.price.amount_minor)
      .text(content.price.currency);
}

}  // namespace vigie::storage
