#pragma once

#include <vector>

#include "server/domain/event.hpp"
#include "server/domain/event_list.hpp"
#include "server/domain/result.hpp"
#include "server/domain/time_zone_set.hpp"

namespace vigie::domain {

/// Everything that is wrong with the content, as JSON pointers; empty when it is acceptable. Texts
/// are valid UTF-8 without control characters (line breaks and tabs are allowed in the description)
/// and their limits count code points. A category is a slug ([a-z0-9] words joined by single
/// hyphens), so that filters and URLs name it in one way; tags are free single-line texts.
std::vector<FieldFault> faults_of(const EventDraft& content, const TimeZoneSet& time_zones);

/// Everything that is wrong with the query, as "?name".
std::vector<FieldFault> faults_of(const EventQuery& query);

}  // namespace vigie::domain
