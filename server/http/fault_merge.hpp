#pragma once

#include <vector>

#include "server/domain/result.hpp"

namespace vigie::http {

/// Adds what the rules say of fields whose form was right. A rule's fault about a field that could
/// not be read, or about its parts or whole, only repeats what is known; and "/ends_at" says
/// nothing unless both times could be read.
void add_unrelated(std::vector<domain::FieldFault>& faults,
                   std::vector<domain::FieldFault> of_rules);

}  // namespace vigie::http
