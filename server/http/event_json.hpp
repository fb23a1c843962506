#pragma once

#include <string>
#include <vector>

#include "server/domain/event.hpp"
#include "server/domain/event_list.hpp"
#include "server/domain/event_patch.hpp"
#include "server/domain/result.hpp"
#include "server/domain/time_zone_set.hpp"
#include "server/http/json.hpp"

namespace vigie::http {

/// What a client wrote of a new event. kValidationFailed with all its faults: when the form is
/// wrong, the domain's rules are asked about the rest too, so that the client learns all at once.
domain::Result<domain::EventDraft> decode_event_draft(const JsonValue& json,
                                                      const domain::TimeZoneSet& time_zones);

/// A merge patch of an event (RFC 7396). Fields that a client may not write are unknown.
domain::Result<domain::EventPatch> decode_event_patch(const JsonValue& json);

std::string encode_event(const domain::Event& event);

/// `{"items": […], "next_cursor": …}`; an empty cursor is written as null.
std::string encode_event_page(const std::vector<domain::Event>& items,
                              const std::string& next_cursor);

}  // namespace vigie::http
