#include "server/http/event_cursor.hpp"

#include <cstdint>
#include <optional>

#include "server/http/page_position.hpp"

namespace vigie::http {
namespace {

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

CursorScope scope_of(const domain::EventQuery& query) {
  return {.purpose = "event-cursor", .selection = selection_of(query)};
}

}  // namespace

std::string EventCursor::encode(const domain::EventPosition& position,
                                const domain::EventQuery& query) {
  return sealed({position.key, position.id.uuid}, scope_of(query), authenticator_);
}

domain::Result<domain::EventPosition> EventCursor::decode(std::string_view text,
                                                          const domain::EventQuery& query) {
  const auto position = unsealed(text, scope_of(query), authenticator_);
  if (position) return domain::EventPosition{position->key, {position->id}};
  return domain::Error{
      .code = domain::Code::kInvalidCursor,
      .message = "The cursor was not made by this server for these filters and this sort."};
}

}  // namespace vigie::http
