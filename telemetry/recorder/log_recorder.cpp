#include "telemetry/recorder/log_recorder.hpp"

#include <algorithm>
#include <cstring>

#include "telemetry/json_writer.hpp"

namespace vigie::telemetry {
namespace {

const LogRecord& record_at(const std::byte* place) noexcept {
  return *reinterpret_cast<const LogRecord*>(place);
}

bool matches(const LogFilter& filter, const LogRecord& record) noexcept {
  return record.type->severity >= filter.level &&
         (!filter.trace_id.is_valid() || record.trace_id == filter.trace_id) &&
         (filter.correlation_id.empty() || record.correlation_id() == filter.correlation_id);
}

/// Keeps the last `limit` of what is added.
class LastRecords {
 public:
  explicit LastRecords(std::size_t limit) : limit_(limit) {}

  void add(const LogRecord& record) {
    if (limit_ == 0) return;
    const auto* bytes = reinterpret_cast<const std::byte*>(&record);
    if (records_.size() < limit_) {
      records_.push_back(bytes);
    } else {
      records_[added_ % limit_] = bytes;
    }
    ++added_;
  }

  template <typename Visit>
  void for_each(const Visit& visit) const {
    const std::size_t oldest =
        records_.size() < limit_ ? 0 : added_ % std::max<std::size_t>(limit_, 1);
    for (std::size_t i = 0; i < records_.size(); ++i) {
      visit(record_at(records_[(oldest + i) % records_.size()]));
    }
  }

 private:
  std::size_t limit_;
  std::size_t added_ = 0;
  std::vector<const std::byte*> records_;
};

}  // namespace

LogRecorder::LogRecorder(std::size_t bytes_max, std::string_view service_name,
                         std::string_view service_version)
    : formatter_(service_name, service_version), ring_(bytes_max) {}

void LogRecorder::add(const LogRecord& record) noexcept {
  const auto* bytes = reinterpret_cast<const std::byte*>(&record);
  const std::lock_guard lock(mutex_);
  ring_.push(bytes, record.bytes());
}

std::vector<std::string> LogRecorder::find(const LogFilter& filter) const {
  LogFormatter formatter = formatter_;
  JsonWriter line;
  std::vector<std::string> lines;
  const std::lock_guard lock(mutex_);
  LastRecords found(filter.limit);
  ring_.for_each([&](const std::byte* place) {
    if (matches(filter, record_at(place))) found.add(record_at(place));
  });
  found.for_each([&](const LogRecord& record) {
    formatter.append_line(record, line);
    const std::string_view text = line.view();
    lines.emplace_back(text.substr(0, text.size() - 1));
    line.clear();
  });
  return lines;
}

std::size_t LogRecorder::bytes() const {
  const std::lock_guard lock(mutex_);
  return ring_.used_bytes();
}

std::size_t LogRecorder::count() const {
  const std::lock_guard lock(mutex_);
  return ring_.count();
}

}  // namespace vigie::telemetry
