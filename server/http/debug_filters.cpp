#include "server/http/debug_filters.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

#include "server/domain/rfc3339.hpp"
#include "server/http/query_filter.hpp"
#include "telemetry/correlation_id.hpp"

namespace vigie::http {
namespace {

using telemetry::LogFilter;
using telemetry::TraceFilter;

constexpr double kMillisecondsMax = 600'000;
constexpr std::size_t kLimitMax = 1000;
constexpr std::string_view kLimitForm = "must be an integer from 1 to 1000";

template <typename Number>
std::optional<Number> parse_number(const std::string& text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

template <typename Filter>
bool read_limit(const std::string& value, Filter& filter) {
  const auto limit = parse_number<std::size_t>(value);
  if (!limit || *limit == 0 || *limit > kLimitMax) return false;
  filter.limit = *limit;
  return true;
}

bool read_route(const std::string& value, TraceFilter& filter) {
  filter.route = value;
  return true;
}
bool read_min_ms(const std::string& value, TraceFilter& filter) {
  const auto least = parse_number<double>(value);
  if (!least || !(*least >= 0 && *least <= kMillisecondsMax)) return false;
  filter.duration_ns_min = static_cast<std::uint64_t>(*least * 1e6);
  return true;
}
bool read_error(const std::string& value, TraceFilter& filter) {
  filter.is_error = value == "true";
  return value == "true" || value == "false";
}

bool read_level(const std::string& value, LogFilter& filter) {
  const auto level = telemetry::parse_severity(value);
  if (!level || *level == telemetry::Severity::kOff) return false;
  filter.level = *level;
  return true;
}
bool read_correlation_id(const std::string& value, LogFilter& filter) {
  filter.correlation_id = value;
  return telemetry::is_valid_correlation_id(value);
}
bool read_trace_id(const std::string& value, LogFilter& filter) {
  const auto id = telemetry::parse_trace_id(value);
  if (id) filter.trace_id = *id;
  return id.has_value();
}

/// "90s", "15m", "2h".
std::optional<std::chrono::seconds> parse_age(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto count = parse_number<std::uint32_t>(std::string(text.substr(0, text.size() - 1)));
  if (!count) return std::nullopt;
  switch (text.back()) {
    case 's':
      return std::chrono::seconds(*count);
    case 'm':
      return std::chrono::minutes(*count);
    case 'h':
      return std::chrono::hours(*count);
    default:
      return std::nullopt;
  }
}

std::uint64_t nanoseconds_of(domain::Timestamp time) {
  const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch());
  return since.count() > 0 ? static_cast<std::uint64_t>(since.count()) : 0;
}

bool read_since(const std::string& value, LogFilter& filter) {
  if (const auto age = parse_age(value)) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(now - *age).count();
    filter.since_ns = since > 0 ? static_cast<std::uint64_t>(since) : 0;
    return true;
  }
  const auto time = domain::parse_rfc3339(value);
  if (time) filter.since_ns = nanoseconds_of(*time);
  return time.has_value();
}
bool read_event(const std::string& value, LogFilter& filter) {
  filter.event = value;
  return !value.empty();
}
bool read_log_route(const std::string& value, LogFilter& filter) {
  filter.route = value;
  return !value.empty();
}

constexpr std::array<FilterParameter<TraceFilter>, 4> kTraceParameters = {{
    {"route", read_route, ""},
    {"min_ms", read_min_ms, "must be a number from 0 to 600000"},
    {"error", read_error, "must be true or false"},
    {"limit", read_limit<TraceFilter>, kLimitForm},
}};

constexpr std::array<FilterParameter<LogFilter>, 7> kLogParameters = {{
    {"since", read_since, "must be an instant as 2030-01-01T00:00:00Z, or an age as 90s, 15m, 2h"},
    {"event", read_event, "must be the name of an event, as db.query_failed"},
    {"route", read_log_route, "must be a route, as /api/v1/events/{id}"},
    {"level", read_level, "must be debug, info, warn or error"},
    {"correlation_id", read_correlation_id,
     "must be 1 to 128 characters of A-Z, a-z, 0-9, '.', '_' and '-'"},
    {"trace_id", read_trace_id, "must be 32 lower-case hexadecimal digits, not all zero"},
    {"limit", read_limit<LogFilter>, kLimitForm},
}};

}  // namespace

domain::Result<TraceFilter> parse_trace_filter(const QueryParameters& parameters) {
  return read_filter<TraceFilter>(parameters, kTraceParameters);
}

domain::Result<LogFilter> parse_log_filter(const QueryParameters& parameters) {
  return read_filter<LogFilter>(parameters, kLogParameters);
}

}  // namespace vigie::http
