#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vigie::telemetry {

/// Compresses in the gzip format (RFC 1952) at zlib's fastest level: spans repeat themselves so
/// much that higher ones gain little. Throws std::runtime_error when zlib has no memory.
std::string gzip(std::string_view bytes);

/// How much gunzip() would give, by what the member says of itself (RFC 1952, ISIZE): 32 bits that
/// nothing vouches for. 0 when it is too short to say.
std::uint64_t gunzipped_bytes(std::string_view compressed) noexcept;

/// Nothing when this is not one whole member with right checksums, or is more than `bytes_max`: it
/// takes no more memory than that, whatever the bytes are.
std::optional<std::string> gunzip(std::string_view compressed, std::size_t bytes_max);

}  // namespace vigie::telemetry
