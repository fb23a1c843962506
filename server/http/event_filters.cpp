#include "server/http/event_filters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <system_error>

#include "server/domain/rfc3339.hpp"
#include "server/http/query_filter.hpp"

namespace vigie::http {
namespace {

bool read_owner(const std::string& value, EventFilters& filters) {
  filters.query.owner = domain::AccountId::parse(value);
  return filters.query.owner.has_value();
}
bool read_status(const std::string& value, EventFilters& filters) {
  filters.query.status = domain::parse_event_status(value);
  return filters.query.status.has_value();
}
bool read_category(const std::string& value, EventFilters& filters) {
  filters.query.category = value;
  return true;
}
bool read_tag(const std::string& value, EventFilters& filters) {
  filters.query.tags.push_back(value);
  return true;
}
bool read_starts_after(const std::string& value, EventFilters& filters) {
  filters.query.starts_after = domain::parse_rfc3339(value);
  return filters.query.starts_after.has_value();
}
bool read_starts_before(const std::string& value, EventFilters& filters) {
  filters.query.starts_before = domain::parse_rfc3339(value);
  return filters.query.starts_before.has_value();
}
bool read_search(const std::string& value, EventFilters& filters) {
  filters.query.search = value;
  return true;
}
bool read_sort(const std::string& value, EventFilters& filters) {
  static constexpr std::array<std::string_view, 4> kSorts = {"starts_at", "-starts_at",
                                                             "created_at", "-created_at"};
  const auto* const found = std::find(kSorts.begin(), kSorts.end(), value);
  if (found == kSorts.end()) return false;
  filters.query.sort = static_cast<domain::EventSort>(found - kSorts.begin());
  return true;
}
bool read_limit(const std::string& value, EventFilters& filters) {
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, filters.query.limit);
  return error == std::errc{} && stop == end;
}
bool read_cursor(const std::string& value, EventFilters& filters) {
  filters.cursor = value;
  return true;
}

constexpr std::array<FilterParameter<EventFilters>, 10> kParameters = {{
    {"owner", read_owner, "must be the id of an account"},
    {"status", read_status, "must be draft, published or cancelled"},
    {"category", read_category, ""},
    {"tag", read_tag, "", true},
    {"starts_after", read_starts_after, "must be an RFC 3339 time; write '+' as %2B"},
    {"starts_before", read_starts_before, "must be an RFC 3339 time; write '+' as %2B"},
    {"q", read_search, ""},
    {"sort", read_sort, "must be starts_at, -starts_at, created_at or -created_at"},
    {"limit", read_limit, "must be an integer"},
    {"cursor", read_cursor, ""},
}};

}  // namespace

domain::Result<EventFilters> parse_event_filters(const QueryParameters& parameters) {
  return read_filter<EventFilters>(parameters, kParameters);
}

}  // namespace vigie::http
