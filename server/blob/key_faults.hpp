#pragma once

#include <optional>
#include <string_view>

#include "server/domain/blob_store.hpp"

namespace vigie::blob {

// What every adapter refuses, with kValidationFailed; nothing: it is right.

std::optional<domain::Error> key_fault(std::string_view key);
std::optional<domain::Error> part_fault(const domain::PartPlace& place);

}  // namespace vigie::blob
