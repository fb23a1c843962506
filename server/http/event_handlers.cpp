#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "server/http/answers.hpp"
#include "server/http/entity_tag.hpp"
#include "server/http/event_filters.hpp"
#include "server/http/event_json.hpp"
#include "server/http/field_list.hpp"
#include "server/http/handlers.hpp"
#include "server/http/preconditions.hpp"

namespace vigie::http {
namespace {

using domain::Code;
using domain::Error;
using domain::EventId;
using domain::Result;

/// A text that is no id names nothing that exists.
Result<EventId> event_id(const Exchange& exchange) {
  if (const auto id = EventId::parse(exchange.match.parameters[0])) return *id;
  return Error{.code = Code::kNotFound, .message = "There is no such event."};
}

/// A version that no event has: it lets the use-case say first whether the caller may know.
constexpr std::int64_t kNoVersion = 0;

/// The version that a plain If-Match names; nothing when there is more to it than that.
std::optional<std::int64_t> single_version(const Request& request) {
  if (request.headers.first(kIfNoneMatch)) return std::nullopt;
  const std::string list = combined(request.headers, kIfMatch);
  const EntityTags wanted = EntityTags::parse(list);
  return wanted.tags.size() == 1 ? wanted.tags.front().version() : std::nullopt;
}

/// The version that the change must find, nothing where any will do. The use-case compares with
/// one: of several, of any, or of all but some, that is the one there is now.
Result<std::optional<std::int64_t>> version_if_given(Resources& resources, const Exchange& exchange,
                                                     EventId id) {
  if (!has_tag_conditions(exchange.request)) return std::optional<std::int64_t>{};
  if (const auto version = single_version(exchange.request)) return version;
  const auto event = resources.events.find(exchange.context, id);
  if (!event) return event.error();
  const std::string tag = entity_tag(event->version);
  const Precondition outcome =
      evaluate(exchange.request, {.entity_tag = tag}, resources.clock.now());
  return std::optional(outcome == Precondition::kHolds ? event->version : kNoVersion);
}

/// For changes that must not be made blindly.
Result<std::int64_t> expected_version(Resources& resources, const Exchange& exchange, EventId id) {
  if (!exchange.request.headers.first(kIfMatch)) {
    return Error{.code = Code::kVersionRequired,
                 .message = "Send If-Match with the ETag of the version you have read."};
  }
  const auto version = version_if_given(resources, exchange, id);
  if (!version) return version.error();
  return version->value_or(kNoVersion);
}

Response event_answer(int status, const domain::Event& event) {
  Response response = json_answer(status, encode_event(event), caching::kRevalidated);
  response.headers.add("ETag", entity_tag(event.version));
  return response;
}

Answer page_answer(Resources& resources, const Exchange& exchange, const QueryParameters& given,
                   const domain::EventQuery& query, const domain::EventPage& page) {
  const std::string cursor = page.next ? resources.cursor.encode(*page.next, query) : "";
  return list_answer(encode_event_page(page.items, cursor), *exchange.match.route, given, cursor);
}

using StatusChange = Result<domain::Event> (domain::Events::*)(const domain::Context&, EventId,
                                                               std::optional<std::int64_t>);

Answer change_status(Resources& resources, const Exchange& exchange, StatusChange change) {
  const auto id = event_id(exchange);
  if (!id) return id.error();
  const auto version = version_if_given(resources, exchange, *id);
  if (!version) return version.error();
  const auto event = (resources.events.*change)(exchange.context, *id, *version);
  if (!event) return event.error();
  return event_answer(200, *event);
}

}  // namespace

Answer create_event(Resources& resources, Exchange& exchange) {
  auto draft = decode_event_draft(exchange.json, resources.time_zones);
  if (!draft) return draft.error();
  const auto event = resources.events.create(exchange.context, *std::move(draft));
  if (!event) return event.error();
  Response response = event_answer(201, *event);
  response.headers.add("Location", "/api/v1/events/" + event->id.to_string());
  return response;
}

Answer list_events(Resources& resources, Exchange& exchange) {
  // The router has refused invalid escapes.
  const QueryParameters given = parse_query(exchange.request.query).value_or(QueryParameters{});
  auto filters = parse_event_filters(given);
  if (!filters) return filters.error();
  if (!filters->cursor.empty()) {
    const auto position = resources.cursor.decode(filters->cursor, filters->query);
    if (!position) return position.error();
    filters->query.after = *position;
  }
  const auto page = resources.events.list(exchange.context, filters->query);
  if (!page) return page.error();
  return page_answer(resources, exchange, given, filters->query, *page);
}

Answer show_event(Resources& resources, Exchange& exchange) {
  const auto id = event_id(exchange);
  if (!id) return id.error();
  const auto event = resources.events.find(exchange.context, *id);
  if (!event) return event.error();
  Response full = json_answer(200, encode_event(*event), caching::kRevalidated);
  full.headers.add("Vary", "Authorization");
  return conditioned(exchange, entity_tag(event->version), resources.clock.now(), std::move(full));
}

Answer update_event(Resources& resources, Exchange& exchange) {
  const auto id = event_id(exchange);
  if (!id) return id.error();
  const auto version = expected_version(resources, exchange, *id);
  if (!version) return version.error();
  const auto patch = decode_event_patch(exchange.json);
  if (!patch) return patch.error();
  const auto event = resources.events.update(exchange.context, *id, *version, *patch);
  if (!event) return event.error();
  return event_answer(200, *event);
}

Answer delete_event(Resources& resources, Exchange& exchange) {
  const auto id = event_id(exchange);
  if (!id) return id.error();
  const auto version = expected_version(resources, exchange, *id);
  if (!version) return version.error();
  const auto removed = resources.events.remove(exchange.context, *id, *version);
  if (!removed) return removed.error();
  return empty_answer();
}

Answer publish_event(Resources& resources, Exchange& exchange) {
  return change_status(resources, exchange, &domain::Events::publish);
}

Answer cancel_event(Resources& resources, Exchange& exchange) {
  return change_status(resources, exchange, &domain::Events::cancel);
}

}  // namespace vigie::http
