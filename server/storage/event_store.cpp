#include "server/storage/event_store.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "server/storage/event_rows.hpp"
#include "server/storage/sql/events.hpp"

namespace vigie::storage {
namespace {

using domain::Code;
using domain::Event;
using domain::EventPage;
using domain::EventQuery;
using domain::EventSort;

domain::Timestamp sort_key(const Event& event, EventSort sort) {
  const bool is_by_start = sort == EventSort::kStartsAt || sort == EventSort::kStartsAtDescending;
  return is_by_start ? event.content.starts_at : event.created_at;
}

/// Of sql::events::kUpdate and sql::events::kRemove.
domain::Result<void> changed(domain::Result<Rows> outcome) {
  if (!outcome) return std::move(outcome).error();
  if (outcome->boolean(0, 0)) return {};
  if (outcome->boolean(0, 1)) {
    return domain::Error{.code = Code::kVersionMismatch,
                         .message = "The event has changed meanwhile."};
  }
  return domain::Error{.code = Code::kNotFound, .message = "There is no such event."};
}

domain::Result<EventPage> read_page(const Rows& rows, const EventQuery& query) {
  EventPage page;
  const int count = std::min(rows.count(), query.limit);
  page.items.reserve(static_cast<std::size_t>(count));
  for (int row = 0; row < count; ++row) {
    auto event = read_event(rows, row);
    if (!event) return std::move(event).error();
    page.items.push_back(*std::move(event));
  }
  if (rows.count() > query.limit) {
    const Event& last = page.items.back();
    page.next = domain::EventPosition{sort_key(last, query.sort), last.id};
  }
  return page;
}

}  // namespace

domain::Result<void> PgEventStore::insert(const domain::Context& context, const Event& event) {
  Parameters parameters;
  parameters.uuid(event.id.uuid).uuid(event.owner_id.uuid).text(domain::name_of(event.status));
  add_content(parameters, event.content);
  parameters.integer(event.version).timestamp(event.created_at).timestamp(event.updated_at);
  const auto inserted = database_.exec(context, sql::events::kInsert, parameters);
  if (!inserted) return inserted.error();
  return {};
}

domain::Result<std::optional<Event>> PgEventStore::find(const domain::Context& context,
                                                        domain::EventId id) {
  const auto rows = database_.exec(context, sql::events::kFind, Parameters().uuid(id.uuid));
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<Event>{};
  auto event = read_event(*rows, 0);
  if (!event) return std::move(event).error();
  return std::optional(*std::move(event));
}

domain::Result<EventPage> PgEventStore::list(const domain::Context& context,
                                             const EventQuery& query) {
  const auto visible = visible_part(query);
  if (!visible) return EventPage{};
  const Query& statement = list_queries_.query(*visible);
  const auto rows = database_.exec(context, statement, list_parameters(*visible));
  if (!rows) return rows.error();
  return read_page(*rows, *visible);
}

domain::Result<void> PgEventStore::update(const domain::Context& context, const Event& event) {
  Parameters parameters;
  parameters.uuid(event.id.uuid)
      .integer(event.version - 1)
      .text(domain::name_of(event.status))
      .timestamp(event.updated_at);
  add_content(parameters, event.content);
  return changed(database_.exec(context, sql::events::kUpdate, parameters));
}

domain::Result<void> PgEventStore::remove(const domain::Context& context, domain::EventId id,
                                          std::int64_t version) {
  return changed(
      database_.exec(context, sql::events::kRemove, Parameters().uuid(id.uuid).integer(version)));
}

domain::Result<std::int64_t> PgEventStore::remove_drafts(const domain::Context& context,
                                                         domain::AccountId owner,
                                                         std::int64_t limit) {
  const auto removed = database_.exec(context, sql::events::kRemoveDrafts,
                                      Parameters().uuid(owner.uuid).integer(limit));
  if (!removed) return removed.error();
  return removed->affected();
}

}  // namespace vigie::storage
