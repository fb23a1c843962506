#include "server/storage/event_rows.hpp"

#include <cstdint>
#include <optional>

#include "server/storage/sqlstate.hpp"

namespace vigie::storage {
namespace {

using domain::Event;
using domain::EventDraft;
using domain::Venue;

enum Column : int {
  kId,
  kOwnerId,
  kStatus,
  kTitle,
  kDescription,
  kCategory,
  kTags,
  kVenueName,
  kVenueAddress,
  kVenueLatitude,
  kVenueLongitude,
  kStartsAt,
  kEndsAt,
  kTimeZone,
  kCapacity,
  kPriceAmountMinor,
  kPriceCurrency,
  kVersion,
  kCreatedAt,
  kUpdatedAt,
};

std::optional<Venue> read_venue(const Rows& rows, int row) {
  if (rows.is_null(row, kVenueName)) return std::nullopt;
  return Venue{.name = rows.string(row, kVenueName),
               .address = rows.string(row, kVenueAddress),
               .latitude = rows.real(row, kVenueLatitude),
               .longitude = rows.real(row, kVenueLongitude)};
}

EventDraft read_content(const Rows& rows, int row) {
  return {.title = rows.string(row, kTitle),
          .description = rows.string(row, kDescription),
          .category = rows.string(row, kCategory),
          .tags = rows.texts(row, kTags),
          .venue = read_venue(rows, row),
          .starts_at = rows.timestamp(row, kStartsAt),
          .ends_at = rows.timestamp(row, kEndsAt),
          .time_zone = rows.string(row, kTimeZone),
          .capacity = rows.integer(row, kCapacity),
          .price = {.amount_minor = rows.integer(row, kPriceAmountMinor),
                    .currency = rows.string(row, kPriceCurrency)}};
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
  const auto status = domain::parse_event_status(rows.text(row, kStatus));
  if (!status) return error_of(domain::Code::kInternal, "an event has an unknown status");
  return Event{.id = {rows.uuid(row, kId)},
               .owner_id = {rows.uuid(row, kOwnerId)},
               .status = *status,
               .content = read_content(rows, row),
               .version = rows.integer(row, kVersion),
               .created_at = rows.timestamp(row, kCreatedAt),
               .updated_at = rows.timestamp(row, kUpdatedAt)};
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
