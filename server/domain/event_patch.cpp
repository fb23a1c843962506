#include "server/domain/event_patch.hpp"

#include <utility>

#include "server/domain/field_faults.hpp"

namespace vigie::domain {
namespace {

template <typename T>
void replace(T& value, const std::optional<T>& patch) {
  if (patch) value = *patch;
}

void merge_into(Venue& venue, const VenuePatch& patch) {
  replace(venue.name, patch.name);
  replace(venue.address, patch.address);
  replace(venue.latitude, patch.latitude);
  replace(venue.longitude, patch.longitude);
}

/// What a patch must have to begin a venue where there was none.
std::vector<FieldFault> missing_members(const VenuePatch& patch) {
  FieldFaults faults;
  if (!patch.name) faults.add("/venue/name", "is required");
  if (!patch.latitude) faults.add("/venue/latitude", "is required");
  if (!patch.longitude) faults.add("/venue/longitude", "is required");
  return std::move(faults).take();
}

}  // namespace

Result<EventDraft> merge(EventDraft content, const EventPatch& patch) {
  replace(content.title, patch.title);
  replace(content.description, patch.description);
  replace(content.category, patch.category);
  replace(content.tags, patch.tags);
  replace(content.starts_at, patch.starts_at);
  replace(content.ends_at, patch.ends_at);
  replace(content.time_zone, patch.time_zone);
  replace(content.capacity, patch.capacity);
  if (patch.price) {
    replace(content.price.amount_minor, patch.price->amount_minor);
    replace(content.price.currency, patch.price->currency);
  }
  if (patch.removes_venue) {
    content.venue.reset();
  } else if (patch.venue) {
    auto missing = content.venue ? std::vector<FieldFault>{} : missing_members(*patch.venue);
    if (!missing.empty()) return validation_error(std::move(missing));
    if (!content.venue) content.venue.emplace();
    merge_into(*content.venue, *patch.venue);
  }
  return content;
}

}  // namespace vigie::domain
