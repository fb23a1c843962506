#include "server/storage/event_list_query.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string_view>
#include <utility>

#include "server/storage/sql/events.hpp"
#include "server/storage/sql/table.hpp"

namespace vigie::storage {
namespace {

using domain::EventQuery;
using domain::EventSort;
using domain::EventStatus;

/// What a condition is to the statement that it stands in.
enum class Part : std::uint8_t {
  kLeads,    // one of the columns that an index begins with, before its order
  kStart,    // bounds the start: an index in order of the start yields it
  kChecked,  // looked at row by row
  kBeyond,   // bounds the order itself
};

/// A condition of the statement and its values, in one place so that they cannot disagree. Each '$'
/// stands for the next value.
struct Condition {
  bool (*applies)(const EventQuery&);
  std::string_view sql;
  void (*add)(Parameters&, const EventQuery&);
  Part part = Part::kChecked;
  /// Few rows may meet it while no index yields them in order: the statement is planned with its
  /// values and kept from the shared connections.
  bool is_slow = false;
};

// clang-format off
constexpr auto kConditions = std::to_array<Condition>({
    {[](const EventQuery& query) { return query.owner.has_value(); }, "owner_id = $",
     [](Parameters& values, const EventQuery& query) { values.uuid(query.owner->uuid); }, Part::kLeads},
    {[](const EventQuery& query) { return query.category.has_value(); }, "category = $",
     [](Parameters& values, const EventQuery& query) { values.text(std::string_view(*query.category)); }, Part::kLeads},
    {[](const EventQuery& query) { return query.status.has_value(); }, "status = $",
     [](Parameters& values, const EventQuery& query) { values.text(domain::name_of(*query.status)); }, Part::kLeads},
    {[](const EventQuery& query) { return !query.tags.empty(); }, "tags @> $",
     [](Parameters& values, const EventQuery& query) { values.texts(query.tags); }, Part::kChecked, true},
    {[](const EventQuery& query) { return query.starts_after.has_value(); }, "starts_at >= $",
     [](Parameters& values, const EventQuery& query) { values.timestamp(*query.starts_after); }, Part::kStart},
    {[](const EventQuery& query) { return query.starts_before.has_value(); }, "starts_at < $",
     [](Parameters& values, const EventQuery& query) { values.timestamp(*query.starts_before); }, Part::kStart},
    {[](const EventQuery& query) { return query.search.has_value(); }, "search @@ websearch_to_tsquery('simple', $)",
     [](Parameters& values, const EventQuery& query) { values.text(std::string_view(*query.search)); }, Part::kChecked, true},
    {[](const EventQuery& query) { return query.viewer.is_anonymous(); }, "status <> 'draft'",
     [](Parameters&, const EventQuery&) {}},
    {[](const EventQuery& query) { return !query.viewer.is_anonymous() && !query.viewer.is_administrator(); },
     "(status <> 'draft' OR owner_id = $)",
     [](Parameters& values, const EventQuery& query) { values.uuid(query.viewer.account_id->uuid); }},
    {[](const EventQuery& query) { return query.after.has_value(); }, "",  // depends on the order
     [](Parameters& values, const EventQuery& query) { values.timestamp(query.after->key).uuid(query.after->id.uuid); }, Part::kBeyond},
});

/// Of each order: its terms, and the condition for rows beyond a position.
struct Order {
  EventSort sort;
  std::string_view key;
  std::string_view terms;
  std::string_view beyond;
  bool is_of_start;
};
constexpr auto kOrders = std::to_array<Order>({
    {EventSort::kStartsAt, "starts_at", "starts_at, id", "(starts_at, id) > ($, $)", true},
    {EventSort::kStartsAtDescending, "starts_at", "starts_at DESC, id DESC", "(starts_at, id) < ($, $)", true},
    {EventSort::kCreatedAt, "created_at", "created_at, id", "(created_at, id) > ($, $)", false},
    {EventSort::kCreatedAtDescending, "created_at", "created_at DESC, id DESC", "(created_at, id) < ($, $)", false},
});
// clang-format on

constexpr unsigned kConditionBits = kConditions.size();
static_assert((kOrders.size() << kConditionBits) == ListQueries::kShapes);
static_assert(sql::kQueries.size() < kFirstListStatement);

const Order& order_of(unsigned shape) { return kOrders[shape >> kConditionBits]; }

void add_joined(std::string& text, std::string_view condition) {
  if (!text.empty()) text += " AND ";
  text += condition;
}

/// The conditions of a shape, with their values numbered.
struct Conditions {
  /// What an index yields in order: rows that meet it are read one after the other.
  std::string walked;
  /// What is looked at in each of those.
  std::string checked;
  /// Few rows of a walk may meet what is checked, and other indexes find these.
  bool is_staged = false;
  bool is_slow = false;
  /// The number of the value that follows: the limit.
  int limit = 1;

  std::string all() const {
    std::string text = walked;
    if (!checked.empty()) add_joined(text, checked);
    return text.empty() ? "true" : text;
  }
};

/// `sql` with its values numbered from `next` on.
std::string numbered(std::string_view sql, int& next) {
  std::string text;
  for (const char c : sql) {
    text += c;
    if (c == '$') text += std::to_string(next++);
  }
  return text;
}

Conditions conditions_of(unsigned shape) {
  const Order& order = order_of(shape);
  Conditions found;
  bool has_lead = false;
  for (std::size_t i = 0; i < kConditions.size(); ++i) {
    if ((shape >> i & 1U) == 0) continue;
    const Condition& condition = kConditions[i];
    const bool is_foreign_range = condition.part == Part::kStart && !order.is_of_start;
    const bool is_second_lead = condition.part == Part::kLeads && std::exchange(has_lead, true);
    const bool is_checked = condition.part == Part::kChecked || is_foreign_range || is_second_lead;
    const std::string sql =
        numbered(condition.part == Part::kBeyond ? order.beyond : condition.sql, found.limit);
    add_joined(is_checked ? found.checked : found.walked, sql);
    found.is_slow |= condition.is_slow || is_foreign_range;
    found.is_staged |= condition.is_slow || is_foreign_range || is_second_lead;
  }
  return found;
}

using Names = std::initializer_list<std::pair<char, std::string_view>>;

/// Fills in the {names} of a statement.
std::string filled(std::string_view sql, Names values) {
  std::string text;
  for (std::size_t at = 0; at < sql.size(); ++at) {
    if (sql[at] != '{') {
      text += sql[at];
      continue;
    }
    const char name = sql[at + 1];
    for (const auto& [key, value] : values) {
      if (key == name) text += value;
    }
    at += 2;
  }
  return text;
}

/// An index yields the rows in order, nearly all of them wanted. The constant limit inside tells
/// the planner, which does not know the other one when it plans once for all values, that few rows
/// are wanted. {c}: columns, {w}: conditions, {o}: order, {n}: limit.
static_assert(EventQuery::kLimitMax == 100);
constexpr std::string_view kPlain =
    "SELECT {c} FROM (SELECT {c} FROM events WHERE {w} ORDER BY {o} LIMIT 101) AS page "
    "ORDER BY {o} LIMIT ${n}";

/// Nobody knows beforehand whether rows that meet the conditions are rare or everywhere: statistics
/// know common words only. So at most 2,000 rows are walked in order; when too few of them are
/// wanted, at most 5,000 rows are fetched by the indexes of the conditions and sorted; only when
/// there are more, which makes the next ones near, the walk goes on. `found` is planned as if all
/// of it were read (else the planner would hope for its first rows in a scan of the table), and
/// read no further than `few` asks. {k}: the order's column, {i}: what is walked, {h}: what is
/// checked.
constexpr std::string_view kStaged =
    "WITH near AS MATERIALIZED ("
    "SELECT id FROM (SELECT id, {k}, {h} AS is_wanted FROM events WHERE {i} ORDER BY {o} "
    "LIMIT 2000) AS walked WHERE is_wanted ORDER BY {o} LIMIT ${n}), "
    "verdict AS MATERIALIZED ("
    "SELECT CASE WHEN (SELECT count(*) FROM near) < ${n} THEN EXISTS ("
    "SELECT FROM events WHERE {i} ORDER BY {o} OFFSET 1999 LIMIT 1) ELSE false END AS is_short), "
    "found AS MATERIALIZED ("
    "SELECT id, {k} FROM events WHERE (SELECT is_short FROM verdict) AND {w}), "
    "few AS MATERIALIZED (SELECT id, {k} FROM found LIMIT 5001), "
    "page AS ("
    "SELECT id FROM near WHERE NOT (SELECT is_short FROM verdict) "
    "UNION ALL (SELECT id FROM few WHERE (SELECT count(*) FROM few) <= 5000 "
    "ORDER BY {o} LIMIT ${n}) "
    "UNION ALL (SELECT id FROM events WHERE (SELECT count(*) FROM few) > 5000 AND {w} "
    "ORDER BY {o} LIMIT 101)) "
    "SELECT {c} FROM page JOIN events USING (id) ORDER BY {o} LIMIT ${n}";

std::string compose(unsigned shape, const Conditions& conditions) {
  const Order& order = order_of(shape);
  return filled(conditions.is_staged ? kStaged : kPlain,
                {{'c', sql::events::columns::kText},
                 {'k', order.key},
                 {'o', order.terms},
                 {'i', conditions.walked.empty() ? "true" : std::string_view(conditions.walked)},
                 {'h', conditions.checked},
                 {'w', conditions.all()},
                 {'n', std::to_string(conditions.limit)}});
}

}  // namespace

std::optional<EventQuery> visible_part(EventQuery query) {
  const domain::Principal viewer = std::exchange(query.viewer, domain::Principal{});
  domain::Principal everything{.account_id = domain::AccountId{},
                               .role = domain::Role::kAdministrator};
  const bool wants_drafts = query.status == EventStatus::kDraft;
  if (viewer.is_administrator() || (query.status && !wants_drafts)) {
    query.viewer = everything;
  } else if (viewer.is_anonymous()) {
    if (wants_drafts) return std::nullopt;
  } else if (wants_drafts || query.owner == viewer.account_id) {
    if (query.owner && query.owner != viewer.account_id) return std::nullopt;
    query.owner = viewer.account_id;
    query.viewer = everything;
  } else if (!query.owner) {
    query.viewer = viewer;
  }
  return query;
}

unsigned list_shape(const EventQuery& query) {
  const auto order = std::ranges::find(kOrders, query.sort, &Order::sort);
  auto shape = static_cast<unsigned>(order - kOrders.begin()) << kConditionBits;
  for (std::size_t i = 0; i < kConditions.size(); ++i) {
    if (kConditions[i].applies(query)) shape |= 1U << i;
  }
  return shape;
}

Parameters list_parameters(const EventQuery& query) {
  Parameters parameters;
  for (const Condition& condition : kConditions) {
    if (condition.applies(query)) condition.add(parameters, query);
  }
  parameters.integer(query.limit + 1);
  return parameters;
}

struct ListQueries::Composed {
  Composed(unsigned shape, bool is_search, const Conditions& conditions)
      : sql(compose(shape, conditions)),
        query{.name = is_search ? kSearchName : kListName,
              .sql = sql,
              .operation = "SELECT",
              .lane = conditions.is_slow ? Lane::kSlow : Lane::kShared,
              .is_read = true,
              .is_by_index = conditions.is_slow,
              // What may be slow is planned with its values: that costs less than a wrong plan.
              .statement = conditions.is_slow
                               ? StatementId{0}
                               : static_cast<StatementId>(kFirstListStatement + shape)} {}
  Composed(const Composed&) = delete;
  Composed& operator=(const Composed&) = delete;

  std::string sql;
  Query query;
};

ListQueries::ListQueries() = default;
ListQueries::~ListQueries() = default;

const Query& ListQueries::query(const domain::EventQuery& visible) {
  const unsigned shape = list_shape(visible);
  std::atomic<const Composed*>& place = composed_[shape];
  if (const Composed* known = place.load(std::memory_order_acquire)) return known->query;
  const std::lock_guard lock(mutex_);
  if (const Composed* known = place.load(std::memory_order_relaxed)) return known->query;
  owned_.push_back(
      std::make_unique<const Composed>(shape, visible.search.has_value(), conditions_of(shape)));
  place.store(owned_.back().get(), std::memory_order_release);
  return owned_.back()->query;
}

}  // namespace vigie::storage
