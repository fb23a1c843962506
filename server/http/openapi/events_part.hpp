#pragma once

#include <array>

#include "server/domain/event.hpp"
#include "server/domain/event_list.hpp"
#include "server/http/openapi/events_json.hpp"
#include "server/http/openapi_part.hpp"

namespace vigie::http::openapi {

using domain::EventLimits;
using domain::EventQuery;

inline constexpr auto kEventsValues = std::to_array<OpenapiValue>({
    {.name = "event_statuses", .list = domain::kEventStatusNames},
    {.name = "title_characters_max", .limit = EventLimits::kTitleCharactersMax},
    {.name = "description_characters_max", .limit = EventLimits::kDescriptionCharactersMax},
    {.name = "category_characters_max", .limit = EventLimits::kCategoryCharactersMax},
    {.name = "tags_max", .limit = EventLimits::kTagsMax},
    {.name = "tag_characters_max", .limit = EventLimits::kTagCharactersMax},
    {.name = "venue_name_characters_max", .limit = EventLimits::kVenueNameCharactersMax},
    {.name = "venue_address_characters_max", .limit = EventLimits::kVenueAddressCharactersMax},
    {.name = "capacity_min", .limit = EventLimits::kCapacityMin},
    {.name = "capacity_max", .limit = EventLimits::kCapacityMax},
    {.name = "amount_minor_max", .limit = EventLimits::kAmountMinorMax},
    {.name = "filter_tags_max", .limit = EventQuery::kTagsMax},
    {.name = "search_characters_max", .limit = EventQuery::kSearchCharactersMax},
    {.name = "limit_max", .limit = EventQuery::kLimitMax},
    {.name = "limit_default", .limit = EventQuery::kLimitDefault},
});

inline constexpr OpenapiPart kEvents{kEventsJson, kEventsValues};

}  // namespace vigie::http::openapi
