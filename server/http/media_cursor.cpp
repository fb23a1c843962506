#include "server/http/media_cursor.hpp"

#include "server/http/page_position.hpp"

namespace vigie::http {
namespace {

CursorScope scope_of(const domain::MediaQuery& query) {
  return {.purpose = "media-cursor", .selection = query.event ? query.event->to_string() : "own"};
}

}  // namespace

std::string MediaCursor::encode(const domain::MediaPosition& position,
                                const domain::MediaQuery& query) {
  return sealed({position.created_at, position.id.uuid}, scope_of(query), authenticator_);
}

domain::Result<domain::MediaPosition> MediaCursor::decode(std::string_view text,
                                                          const domain::MediaQuery& query) {
  const auto position = unsealed(text, scope_of(query), authenticator_);
  if (position) return domain::MediaPosition{position->key, {position->id}};
  return domain::Error{.code = domain::Code::kInvalidCursor,
                       .message = "The cursor was not made by this server for this list."};
}

}  // namespace vigie::http
