#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/http/event_cursor.hpp"
#include "server/http/event_filters.hpp"
#include "tests/fakes/fake_secrets.hpp"

/// The query of a list, and its cursor: what is taken must be what encode() writes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static vigie::fakes::FakeMessageAuthenticator authenticator;
  vigie::http::EventCursor cursor(authenticator);
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);

  (void)cursor.decode(text, {});
  const auto parameters = vigie::http::parse_query(text);
  if (!parameters) return 0;
  if (vigie::http::parse_query(vigie::http::format_query(*parameters)) != parameters) std::abort();
  const auto filters = vigie::http::parse_event_filters(*parameters);
  if (!filters || filters->cursor.empty()) return 0;
  const auto position = cursor.decode(filters->cursor, filters->query);
  if (!position) return 0;
  if (cursor.encode(*position, filters->query) != filters->cursor) std::abort();
  return 0;
}
