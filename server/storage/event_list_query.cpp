#include "server/storage/event_list_query.hpp"

#include <string_view>
#include <utility>

#include "server/storage/event_rows.hpp"

namespace vigie::storage {
namespace {

using domain::EventQuery;
using domain::EventSort;
using domain::EventStatus;

/// A condition of the statement and its values, in one place so that they cannot disagree. Each '$'
/// stands for the next value.
struct Condition {
  bool (*applies)(const EventQuery&);
  std::string_view sql;
  void (*add)(Parameters&, const EventQuery&);
};

// clang-format off
constexpr auto kConditions = std::to_array<Condition>({
    {[](const EventQuery& query) { return query.owner.has_value(); }, "owner_id = $",
     [](Parameters& values, const EventQuery& query) { values.uuid(query.owner->uuid); }},
    {[](const EventQuery& query) { return query.status.has_value(); }, "status = $",
     [](Parameters& values, const EventQuery& query) { values.text(domain::name_of(*query.status)); }},
    {[](const EventQuery& query) { return query.category.has_value(); }, "category = $",
     [](Parameters& values, const EventQuery& query) { values.text(std::string_view(*query.category)); }},
    {[](const EventQuery& query) { return !query.tags.empty(); }, "tags @> $",
     [](Parameters& values, const EventQuery& query) { values.texts(query.tags); }},
    {[](const EventQuery& query) { return query.starts_after.has_value(); }, "starts_at >= $",
     [](Parameters& values, const EventQuery& query) { values.timestamp(*query.starts_after); }},
    {[](const EventQuery& query) { return query.starts_before.has_value(); }, "starts_at < $",
     [](Parameters& values, const EventQuery& query) { values.timestamp(*query.starts_before); }},
    {[](const EventQuery& query) { return query.search.has_value(); }, "search @@ websearch_to_tsquery('simple', $)",
     [](Parameters& values, const EventQuery& query) { values.text(std::string_view(*query.search)); }},
    {[](const EventQuery& query) { return query.viewer.is_anonymous(); }, "status <> 'draft'",
     [](Parameters&, const EventQuery&) {}},
    {[](const EventQuery& query) { return !query.viewer.is_anonymous() && !query.viewer.is_administrator(); },
     "(status <> 'draft' OR owner_id = $)",
     [](Parameters& values, const EventQuery& query) { values.uuid(query.viewer.account_id->uuid); }},
    {[](const EventQuery& query) { return query.after.has_value(); }, "",  // depends on the order
     [](Parameters& values, const EventQuery& query) { values.timestamp(query.after->key).uuid(query.after->id.uuid); }},
});

/// Of each order: its terms, and the condition for rows beyond a position.
struct Order {
  std::string_view terms;
  std::string_view beyond;
};
constexpr auto kOrders = std::to_array<Order>({
    {"starts_at, id", "(starts_at, id) > ($, $)"},
    {"starts_at DESC, id DESC", "(starts_at, id) < ($, $)"},
    {"created_at, id", "(created_at, id) > ($, $)"},
    {"created_at DESC, id DESC", "(created_at, id) < ($, $)"},
});
// clang-format on

constexpr unsigned kTags = 1U << 3;
constexpr unsigned kRange = (1U << 4) | (1U << 5);
constexpr unsigned kSearch = 1U << 6;
constexpr unsigned kConditionBits = kConditions.size();
static_assert((kOrders.size() << kConditionBits) == ListQueries::kShapes);

EventSort sort_of(unsigned shape) { return static_cast<EventSort>(shape >> kConditionBits); }

/// Writes a statement and counts its values.
class Composer {
 public:
  Composer& add(std::string_view sql) {
    for (const char c : sql) {
      sql_ += c;
      if (c == '$') sql_ += std::to_string(++values_);
    }
    return *this;
  }
  std::string take() { return std::move(sql_); }

 private:
  std::string sql_;
  int values_ = 0;
};

/// The constant limit inside tells the planner, which does not know the other one when it plans
/// once for all values, that few rows are wanted.
std::string compose(unsigned shape) {
  static_assert(EventQuery::kLimitMax == 100);
  const Order& order = kOrders[static_cast<std::size_t>(sort_of(shape))];
  Composer composer;
  composer.add("SELECT ").add(kEventColumns).add(" FROM (SELECT ").add(kEventColumns);
  composer.add(" FROM events");
  std::string_view joint = " WHERE ";
  for (std::size_t i = 0; i < kConditions.size(); ++i) {
    if ((shape >> i & 1U) == 0) continue;
    const std::string_view sql = kConditions[i].sql;
    composer.add(joint).add(sql.empty() ? order.beyond : sql);
    joint = " AND ";
  }
  composer.add(" ORDER BY ").add(order.terms).add(" LIMIT 101) AS page ORDER BY ");
  composer.add(order.terms).add(" LIMIT $");
  return composer.take();
}

/// Lists that no index yields in their order may have to sort many rows.
bool may_be_slow(unsigned shape) {
  const bool is_by_creation = sort_of(shape) >= EventSort::kCreatedAt;
  return (shape & (kTags | kSearch)) != 0 || ((shape & kRange) != 0 && is_by_creation);
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
  unsigned shape = static_cast<unsigned>(query.sort) << kConditionBits;
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
  explicit Composed(unsigned shape)
      : sql(compose(shape)),
        query{.name = (shape & kSearch) != 0 ? QueryName::kEventsSearch : QueryName::kEventsList,
              .sql = sql,
              .operation = "SELECT",
              .lane = may_be_slow(shape) ? Lane::kSlow : Lane::kShared,
              .is_read = true,
              // What may be slow is planned with its values: that costs less than a wrong plan.
              .statement = may_be_slow(shape)
                               ? StatementId{0}
                               : static_cast<StatementId>(kFirstListStatement + shape)} {}
  Composed(const Composed&) = delete;
  Composed& operator=(const Composed&) = delete;

  std::string sql;
  Query query;
};

ListQueries::~ListQueries() {
  for (const auto& place : composed_) delete place.load();
}

const Query& ListQueries::query(unsigned shape) {
  std::atomic<const Composed*>& place = composed_[shape];
  const Composed* known = place.load(std::memory_order_acquire);
  if (known != nullptr) return known->query;
  auto composed = std::make_unique<const Composed>(shape);
  // Another thread may have been faster; then its text is used.
  if (place.compare_exchange_strong(known, composed.get(), std::memory_order_acq_rel)) {
    known = composed.release();
  }
  return known->query;
}

std::string benchmark_owner_list_sql() {
  const EventQuery query{.owner = domain::AccountId{}};
  std::string sql = compose(list_shape(query));
  sql.replace(sql.find("$1"), 2, ":owner");
  sql.replace(sql.find("$2"), 2, ":limit");
  return sql;
}

}  // namespace vigie::storage
