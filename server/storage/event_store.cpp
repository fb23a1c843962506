#include "server/storage/event_store.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "server/storage/event_rows.hpp"

namespace vigie::storage {
namespace {

using domain::Code;
using domain::Event;
using domain::EventPage;
using domain::EventQuery;
using domain::EventSort;

constexpr Query kInsert{
    .name = QueryName::kEventsInsert,
    .sql =
        "INSERT INTO events ("
        "id, owner_id, status, title, description, category, tags, venue_name, venue_address, "
        "venue_latitude, venue_longitude, starts_at, ends_at, time_zone, capacity, "
        "price_amount_minor, price_currency, version, created_at, updated_at"
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, "
        "$18, $19, $20)",
    .operation = "INSERT",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kEventsInsert)};

constexpr Query kFind{
    .name = QueryName::kEventsFind,
    .sql =
        "SELECT "
        "id, owner_id, status, title, description, category, tags, venue_name, venue_address, "
        "venue_latitude, venue_longitude, starts_at, ends_at, time_zone, capacity, "
        "price_amount_minor, price_currency, version, created_at, updated_at"
        " FROM events WHERE id = $1",
    .operation = "SELECT",
    .is_read = true,
    .statement = statement_of(QueryName::kEventsFind)};

static_assert(kInsert.sql.find(kEventColumns) != std::string_view::npos);
static_assert(kFind.sql.find(kEventColumns) != std::string_view::npos);

/// Says in one round trip whether it was changed, and if not, whether it exists.
constexpr Query kUpdate{
    .name = QueryName::kEventsUpdate,
    .sql =
        "WITH changed AS ("
        "UPDATE events SET version = version + 1, status = $3, updated_at = $4, title = $5, "
        "description = $6, category = $7, tags = $8, venue_name = $9, venue_address = $10, "
        "venue_latitude = $11, venue_longitude = $12, starts_at = $13, ends_at = $14, "
        "time_zone = $15, capacity = $16, price_amount_minor = $17, price_currency = $18 "
        "WHERE id = $1 AND version = $2 RETURNING id) "
        "SELECT EXISTS (SELECT FROM changed), EXISTS (SELECT FROM events WHERE id = $1)",
    .operation = "UPDATE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kEventsUpdate)};

constexpr Query kRemoveDrafts{
    .name = QueryName::kEventsRemoveDrafts,
    .sql =
        "DELETE FROM events WHERE id = ANY (ARRAY("
        "SELECT id FROM events WHERE owner_id = $1 AND status = 'draft' LIMIT $2))",
    .operation = "DELETE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kEventsRemoveDrafts)};

constexpr Query kRemove{
    .name = QueryName::kEventsRemove,
    .sql =
        "WITH removed AS (DELETE FROM events WHERE id = $1 AND version = $2 RETURNING id) "
        "SELECT EXISTS (SELECT FROM removed), EXISTS (SELECT FROM events WHERE id = $1)",
    .operation = "DELETE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kEventsRemove)};

domain::Timestamp sort_key(const Event& event, EventSort sort) {
  const bool is_by_start = sort == EventSort::kStartsAt || sort == EventSort::kStartsAtDescending;
  return is_by_start ? event.content.starts_at : event.created_at;
}

/// Of kUpdate and kRemove.
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
  const auto inserted = database_.exec(context, kInsert, parameters);
  if (!inserted) return inserted.error();
  return {};
}

domain::Result<std::optional<Event>> PgEventStore::find(const domain::Context& context,
                                                        domain::EventId id) {
  const auto rows = database_.exec(context, kFind, Parameters().uuid(id.uuid));
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
  return changed(database_.exec(context, kUpdate, parameters));
}

domain::Result<void> PgEventStore::remove(const domain::Context& context, domain::EventId id,
                                          std::int64_t version) {
  return changed(database_.exec(context, kRemove, Parameters().uuid(id.uuid).integer(version)));
}

domain::Result<std::int64_t> PgEventStore::remove_drafts(const domain::Context& context,
                                                         domain::AccountId owner,
                                                         std::int64_t limit) {
  const auto removed =
      database_.exec(context, kRemoveDrafts, Parameters().uuid(owner.uuid).integer(limit));
  if (!removed) return removed.error();
  return removed->affected();
}

}  // namespace vigie::storage
