#include "server/http/event_cursor.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "server/http/base64url.hpp"

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

void append_integer(std::string& out, std::int64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> shift));
  }
}

/// Length first, so that no two lists of texts are written alike.
void append_text(std::string& out, std::string_view text) {
  append_integer(out, static_cast<std::int64_t>(text.size()));
  out += text;
}

void append_time(std::string& out, const std::optional<domain::Timestamp>& time) {
  out.push_back(time ? '+' : '-');
  append_integer(out, time ? time->time_since_epoch().count() : 0);
}

/// Everything that decides which rows a list has, and in which order.
std::string selection_of(const domain::EventQuery& query) {
  std::string text;
  append_text(text, query.owner ? query.owner->to_string() : "");
  text.push_back(query.status ? static_cast<char>('0' + static_cast<int>(*query.status)) : '-');
  append_text(text, query.category.value_or(""));
  append_integer(text, static_cast<std::int64_t>(query.tags.size()));
  for (const std::string& tag : query.tags) append_text(text, tag);
  append_time(text, query.starts_after);
  append_time(text, query.starts_before);
  append_text(text, query.search.value_or(""));
  text.push_back(static_cast<char>('0' + static_cast<int>(query.sort)));
  return text;
}

void authenticate(Bytes& bytes, const domain::EventQuery& query,
                  domain::MessageAuthenticator& authenticator) {
  std::string message(bytes.begin(), bytes.begin() + kMacAt);
  message += selection_of(query);
  const auto mac = authenticator.mac("event-cursor", message);
  std::copy_n(mac.begin(), kMacBytes, bytes.begin() + kMacAt);
}

domain::Error invalid_cursor() {
  return {.code = domain::Code::kInvalidCursor,
          .message = "The cursor was not made by this server for these filters and this sort."};
}

/// Looks at every byte, so that the time taken tells nothing of where they differ.
bool are_equal(const Bytes& a, const Bytes& b) {
  int difference = 0;
  for (std::size_t i = 0; i < kBytes; ++i) difference |= a[i] ^ b[i];
  return difference == 0;
}

}  // namespace

std::string EventCursor::encode(const domain::EventPosition& position,
                                const domain::EventQuery& query) {
  Bytes bytes{kVersion};
  auto key = static_cast<std::uint64_t>(position.key.time_since_epoch().count());
  for (std::size_t i = 8; i > 0; --i, key >>= 8) bytes[kKeyAt + i - 1] = key & 0xff;
  std::copy(position.id.uuid.bytes.begin(), position.id.uuid.bytes.end(), bytes.begin() + kIdAt);
  authenticate(bytes, query, authenticator_);
  return base64url(bytes);
}

domain::Result<domain::EventPosition> EventCursor::decode(std::string_view text,
                                                          const domain::EventQuery& query) {
  if (text.size() != kTextBytes) return invalid_cursor();
  const auto decoded = base64url_decoded(text);
  if (!decoded || decoded->size() != kBytes) return invalid_cursor();
  Bytes bytes;
  std::copy(decoded->begin(), decoded->end(), bytes.begin());
  Bytes genuine = bytes;
  authenticate(genuine, query, authenticator_);
  if (bytes[0] != kVersion || !are_equal(bytes, genuine)) return invalid_cursor();

  std::uint64_t key = 0;
  for (std::size_t i = 0; i < 8; ++i) key = key << 8 | bytes[kKeyAt + i];
  domain::EventPosition position;
  position.key = domain::Timestamp(std::chrono::microseconds(static_cast<std::int64_t>(key)));
  std::copy_n(bytes.begin() + kIdAt, 16, position.id.uuid.bytes.begin());
  return position;
}

}  // namespace vigie::http
