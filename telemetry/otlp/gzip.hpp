#pragma once

#include <string>
#include <string_view>

namespace vigie::telemetry {

/// Compresses in the gzip format (RFC 1952) at zlib's fastest level: spans repeat themselves so
/// much that higher ones gain little.
std::string gzip(std::string_view bytes);

}  // namespace vigie::telemetry
