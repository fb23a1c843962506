#include <array>
#include <charconv>
#include <string>
#include <system_error>

#include "server/http/answers.hpp"
#include "server/http/handlers.hpp"
#include "server/http/media_json.hpp"
#include "server/http/query_filter.hpp"

namespace vigie::http {
namespace {

using domain::MediaId;
using domain::Result;

Result<MediaId> media_id(const Exchange& exchange) {
  if (const auto id = MediaId::parse(exchange.match.parameters[0])) return *id;
  return domain::Error{.code = domain::Code::kNotFound, .message = "There is no such media."};
}

/// What the query of a list asks for; `cursor` is still opaque.
struct MediaFilters {
  domain::MediaQuery query;
  std::string cursor;  // empty: the first page
};

bool read_event(const std::string& value, MediaFilters& filters) {
  filters.query.event = domain::EventId::parse(value);
  return filters.query.event.has_value();
}
bool read_limit(const std::string& value, MediaFilters& filters) {
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, filters.query.limit);
  return error == std::errc{} && stop == end;
}
bool read_cursor(const std::string& value, MediaFilters& filters) {
  filters.cursor = value;
  return true;
}

constexpr std::array<FilterParameter<MediaFilters>, 3> kParameters = {{
    {"event_id", read_event, "must be the id of an event"},
    {"limit", read_limit, "must be an integer"},
    {"cursor", read_cursor, ""},
}};

Response media_answer(const domain::Media& media) {
  Response response = json_answer(200, encode_media(media), caching::kRevalidated);
  response.headers.add("Vary", "Authorization");
  return response;
}

}  // namespace

Answer list_media(Resources& resources, Exchange& exchange) {
  // The router has refused invalid escapes.
  const QueryParameters given = parse_query(exchange.request.query).value_or(QueryParameters{});
  auto filters = read_filter<MediaFilters>(given, kParameters);
  if (!filters) return filters.error();
  if (!filters->cursor.empty()) {
    const auto position = resources.media_cursor.decode(filters->cursor, filters->query);
    if (!position) return position.error();
    filters->query.after = *position;
  }
  const auto page = resources.media_library.list(exchange.context, filters->query);
  if (!page) return page.error();
  const std::string cursor =
      page->next ? resources.media_cursor.encode(*page->next, filters->query) : "";
  return list_answer(encode_media_page(page->items, cursor), *exchange.match.route, given, cursor);
}

Answer show_media(Resources& resources, Exchange& exchange) {
  const auto id = media_id(exchange);
  if (!id) return id.error();
  const auto media = resources.media_library.find(exchange.context, *id);
  if (!media) return media.error();
  return media_answer(*media);
}

Answer delete_media(Resources& resources, Exchange& exchange) {
  const auto id = media_id(exchange);
  if (!id) return id.error();
  const auto removed = resources.media_library.remove(exchange.context, *id);
  if (!removed) return removed.error();
  return empty_answer();
}

Answer restore_media(Resources& resources, Exchange& exchange) {
  const auto id = media_id(exchange);
  if (!id) return id.error();
  const auto media = resources.media_library.restore(exchange.context, *id);
  if (!media) return media.error();
  return media_answer(*media);
}

}  // namespace vigie::http
