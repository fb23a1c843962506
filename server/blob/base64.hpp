#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vigie::blob {

/// RFC 4648, section 4, with padding.
std::string base64(std::string_view bytes);
/// Nothing: it is no base64.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace vigie::blob
