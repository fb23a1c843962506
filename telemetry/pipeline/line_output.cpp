#include "telemetry/pipeline/line_output.hpp"

#include <algorithm>
#include <string_view>

namespace vigie::telemetry {
namespace {

constexpr std::size_t kWriteBytes = std::size_t{64} * 1024;

}  // namespace

LineOutput::LineOutput(const LogOptions& options, Ledger& ledger)
    : ledger_(ledger),
      formatter_(options.service_name, options.service_version),
      sink_(options.fd),
      lines_(2 * kWriteBytes) {}

void LineOutput::add(const LogRecord& record) {
  formatter_.append_line(record, lines_);
  ++line_count_;
  if (lines_.view().size() >= kWriteBytes) write();
}

bool LineOutput::pass_on(bool) {
  if (line_count_ > 0) write();
  return true;
}

void LineOutput::write() {
  const std::string_view text = lines_.view();
  const std::size_t written = sink_.write(text, [this] { return gives_up_.load(); });
  if (written == text.size()) {
    ledger_.exported(Signal::kLogs, line_count_);
  } else {
    const std::string_view whole = text.substr(0, written);
    const auto whole_count = static_cast<std::size_t>(std::count(whole.begin(), whole.end(), '\n'));
    const DropReason reason = gives_up_ ? DropReason::kShutdown : DropReason::kWriteFailed;
    ledger_.exported(Signal::kLogs, whole_count);
    ledger_.dropped(Signal::kLogs, line_count_ - whole_count, reason);
  }
  lines_.clear();
  line_count_ = 0;
}

}  // namespace vigie::telemetry
