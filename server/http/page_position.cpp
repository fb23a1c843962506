#include "server/http/page_position.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "server/platform/core/base64.hpp"

namespace vigie::http {
namespace {

// Layout: version, sort key (microseconds, big-endian), id, the first half of the authenticator.
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kKeyAt = 1;
constexpr std::size_t kIdAt = kKeyAt + 8;
constexpr std::size_t kMacAt = kIdAt + 16;
constexpr std::size_t kMacBytes = 16;
constexpr std::size_t kBytes = kMacAt + kMacBytes;
constexpr std::size_t kTextBytes = (kBytes * 4 + 2) / 3;

using Bytes = std::array<std::uint8_t, kBytes>;

void authenticate(Bytes& bytes, const CursorScope& scope,
                  domain::MessageAuthenticator& authenticator) {
  std::string message(bytes.begin(), bytes.begin() + kMacAt);
  message += scope.selection;
  const auto mac = authenticator.mac(scope.purpose, message);
  std::copy_n(mac.begin(), kMacBytes, bytes.begin() + kMacAt);
}

/// Looks at every byte, so that the time taken tells nothing of where they differ.
bool are_equal(const Bytes& a, const Bytes& b) {
  int difference = 0;
  for (std::size_t i = 0; i < kBytes; ++i) difference |= a[i] ^ b[i];
  return difference == 0;
}

}  // namespace

std::string sealed(const PagePosition& position, const CursorScope& scope,
                   domain::MessageAuthenticator& authenticator) {
  Bytes bytes{kVersion};
  auto key = static_cast<std::uint64_t>(position.key.time_since_epoch().count());
  for (std::size_t i = 8; i > 0; --i, key >>= 8) bytes[kKeyAt + i - 1] = key & 0xff;
  std::copy(position.id.bytes.begin(), position.id.bytes.end(), bytes.begin() + kIdAt);
  authenticate(bytes, scope, authenticator);
  return core::base64url(bytes);
}

std::optional<PagePosition> unsealed(std::string_view text, const CursorScope& scope,
                                     domain::MessageAuthenticator& authenticator) {
  if (text.size() != kTextBytes) return std::nullopt;
  const auto decoded = core::base64url_decoded(text);
  if (!decoded || decoded->size() != kBytes) return std::nullopt;
  Bytes bytes;
  std::copy(decoded->begin(), decoded->end(), bytes.begin());
  Bytes genuine = bytes;
  authenticate(genuine, scope, authenticator);
  if (bytes[0] != kVersion || !are_equal(bytes, genuine)) return std::nullopt;

  std::uint64_t key = 0;
  for (std::size_t i = 0; i < 8; ++i) key = key << 8 | bytes[kKeyAt + i];
  PagePosition position{
      .key = domain::Timestamp(std::chrono::microseconds(static_cast<std::int64_t>(key)))};
  std::copy_n(bytes.begin() + kIdAt, 16, position.id.bytes.begin());
  return position;
}

}  // namespace vigie::http
