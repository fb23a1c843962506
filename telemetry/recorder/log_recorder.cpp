#include "telemetry/recorder/log_recorder.hpp"

#include <algorithm>
#include <new>
#include <set>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/json_writer.hpp"
#include "telemetry/utc_text.hpp"

namespace vigie::telemetry {
namespace {

/// One of so many bytes is for lines that are rare.
constexpr std::size_t kRareShare = 8;

const LogRecord& record_at(const std::byte* place) noexcept {
  return *reinterpret_cast<const LogRecord*>(place);
}

bool is_of_route(const LogRecord& record, std::string_view route) noexcept {
  bool is_same = false;
  record.for_each_attribute([&](const AttributeRecord& attribute) {
    if (attribute.key == &attributes::kHttpRoute) is_same = attribute.text() == route;
  });
  return is_same;
}

bool matches(const LogFilter& filter, const LogRecord& record) noexcept {
  return record.type->severity >= filter.level && record.utc_ns >= filter.since_ns &&
         (!filter.trace_id.is_valid() || record.trace_id == filter.trace_id) &&
         (filter.correlation_id.empty() || record.correlation_id() == filter.correlation_id) &&
         (filter.event.empty() || record.type->name == filter.event) &&
         (filter.route.empty() || is_of_route(record, filter.route));
}

/// The last of each kind, in their order, and all that say no detail.
std::vector<const LogRecord*> last_of_each(const std::vector<const LogRecord*>& records) {
  std::vector<const LogRecord*> kept;
  std::set<std::string> seen;
  for (auto record = records.rbegin(); record != records.rend(); ++record) {
    if (!LineKinds::has_detail(**record) || seen.insert(LineKinds::key_of(**record)).second) {
      kept.push_back(*record);
    }
  }
  std::reverse(kept.begin(), kept.end());
  return kept;
}

}  // namespace

LogRecorder::LogRecorder(std::size_t bytes_max, std::string_view service_name,
                         std::string_view service_version)
    : formatter_(service_name, service_version),
      ring_(bytes_max - bytes_max / kRareShare),
      rare_(bytes_max / kRareShare) {}

void LogRecorder::add(const LogRecord& record) noexcept {
  const auto* bytes = reinterpret_cast<const std::byte*>(&record);
  const std::lock_guard lock(mutex_);
  bool is_rare = false;
  try {
    is_rare = kinds_.note(record);
  } catch (const std::bad_alloc&) {
    // It is held as one of many.
  }
  (is_rare ? rare_ : ring_).push(bytes, record.bytes());
}

std::vector<const LogRecord*> LogRecorder::matching(const LogFilter& filter) const {
  std::vector<const LogRecord*> found;
  for (const RecordRing* ring : {&rare_, &ring_}) {
    ring->for_each([&](const std::byte* place) {
      if (matches(filter, record_at(place))) found.push_back(&record_at(place));
    });
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const LogRecord* a, const LogRecord* b) { return a->utc_ns < b->utc_ns; });
  return found;
}

std::vector<std::string> LogRecorder::find(const LogFilter& filter) const {
  LogFormatter formatter = formatter_;
  std::vector<std::string> lines;
  const std::lock_guard lock(mutex_);
  std::vector<const LogRecord*> found = matching(filter);
  if (filter.is_collapsed) found = last_of_each(found);
  const std::size_t count = std::min(filter.limit, found.size());
  lines.reserve(count);
  for (auto record = found.end() - static_cast<std::ptrdiff_t>(count); record != found.end();
       ++record) {
    const bool stands_for_more = filter.is_collapsed && LineKinds::has_detail(**record);
    lines.push_back(
        line_of(**record, formatter, stands_for_more ? kinds_.find(**record) : nullptr));
  }
  return lines;
}

std::string LogRecorder::line_of(const LogRecord& record, LogFormatter& formatter,
                                 const LineKind* kind) const {
  JsonWriter line;
  formatter.append_line(record, line);
  std::string text(line.view().substr(0, line.view().size() - 1));
  if (kind == nullptr || kind->count < 2) return text;
  JsonWriter more;
  more.begin_object()
      .member("repeated_count", kind->count)
      .member("first_timestamp", utc_text(kind->first_ns))
      .end_object();
  text.back() = ',';
  return text.append(more.view().substr(1));
}

std::vector<KindSummary> LogRecorder::kinds(Severity least, std::size_t limit) const {
  LogFormatter formatter = formatter_;
  std::vector<KindSummary> found;
  const std::lock_guard lock(mutex_);
  kinds_.for_each([&](const LineKind& kind) {
    if (kind.type->severity < least) return;
    found.push_back({.event = std::string(kind.type->name),
                     .severity = kind.type->severity,
                     .detail = kind.detail,
                     .count = kind.count,
                     .first_ns = kind.first_ns,
                     .last_ns = kind.last_ns,
                     .example = kind.example.empty() ? std::string()
                                                     : line_of(kind.record(), formatter, nullptr)});
  });
  std::sort(found.begin(), found.end(),
            [](const KindSummary& a, const KindSummary& b) { return a.last_ns > b.last_ns; });
  if (found.size() > limit) found.resize(limit);
  return found;
}

std::size_t LogRecorder::bytes() const {
  const std::lock_guard lock(mutex_);
  return ring_.used_bytes() + rare_.used_bytes();
}

std::size_t LogRecorder::count() const {
  const std::lock_guard lock(mutex_);
  return ring_.count() + rare_.count();
}

}  // namespace vigie::telemetry
