#include "server/http/media_cursor.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "server/http/base64url.hpp"

namespace vigie::http {
namespace {

// Layout: version, creation (microseconds, big-endian), id, the first half of the authenticator.
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kKeyAt = 1;
constexpr std::size_t kIdAt = kKeyAt + 8;
constexpr std::size_t kMacAt = kIdAt + 16;
constexpr std::size_t kMacBytes = 16;
constexpr std::size_t kBytes = kMacAt + kMacBytes;

using Bytes = std::array<std::uint8_t, kBytes>;

void authenticate(Bytes& bytes, const domain::MediaQuery& query,
                  domain::MessageAuthenticator& authenticator) {
  std::string message(bytes.begin(), bytes.begin() + kMacAt);
  message += query.event ? query.event->to_string() : "own";
  const auto mac = authenticator.mac("media-cursor", message);
  std::copy_n(mac.begin(), kMacBytes, bytes.begin() + kMacAt);
}

domain::Error invalid_cursor() {
  return {.code = domain::Code::kInvalidCursor,
          .message = "The cursor was not made by this server for this list."};
}

/// Looks at every byte, so that the time taken tells nothing of where they differ.
bool are_equal(const Bytes& a, const Bytes& b) {
  int difference = 0;
  for (std::size_t i = 0; i < kBytes; ++i) difference |= a[i] ^ b[i];
  return difference == 0;
}

}  // namespace

std::string MediaCursor::encode(const domain::MediaPosition& position,
                                const domain::MediaQuery& query) {
  Bytes bytes{kVersion};
  auto key = static_cast<std::uint64_t>(position.created_at.time_since_epoch().count());
  for (std::size_t i = 8; i > 0; --i, key >>= 8) bytes[kKeyAt + i - 1] = key & 0xff;
  std::copy(position.id.uuid.bytes.begin(), position.id.uuid.bytes.end(), bytes.begin() + kIdAt);
  authenticate(bytes, query, authenticator_);
  return base64url(bytes);
}

domain::Result<domain::MediaPosition> MediaCursor::decode(std::string_view text,
                                                          const domain::MediaQuery& query) {
  const auto decoded = base64url_decoded(text);
  if (!decoded || decoded->size() != kBytes) return invalid_cursor();
  Bytes bytes;
  std::copy(decoded->begin(), decoded->end(), bytes.begin());
  Bytes genuine = bytes;
  authenticate(genuine, query, authenticator_);
  if (bytes[0] != kVersion || !are_equal(bytes, genuine)) return invalid_cursor();
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < 8; ++i) key = key << 8 | bytes[kKeyAt + i];
  domain::MediaPosition position;
  position.created_at =
      domain::Timestamp(std::chrono::microseconds(static_cast<std::int64_t>(key)));
  std::copy_n(bytes.begin() + kIdAt, 16, position.id.uuid.bytes.begin());
  return position;
}

}  // namespace vigie::http
