#include "telemetry/log.hpp"

#include <utility>

#include "telemetry/clock.hpp"
#include "telemetry/ledger.hpp"
#include "telemetry/log_record.hpp"
#include "telemetry/pipeline/line_output.hpp"
#include "telemetry/pipeline/log_writer.hpp"

namespace vigie::telemetry {

Log::Log(const LogOptions& options, const Clock& clock, Ledger& ledger)
    : Log(options, clock, ledger, std::make_unique<LineOutput>(options, ledger)) {}

Log::Log(const LogOptions& options, const Clock& clock, Ledger& ledger,
         std::unique_ptr<LogOutput> output)
    : clock_(clock),
      ledger_(ledger),
      level_(options.level),
      writer_(std::make_unique<LogWriter>(options.queue_bytes_max, std::move(output))) {}

Log::~Log() { stop(std::chrono::seconds(1)); }

void Log::write(const LogEventType& type, const LogContext& context,
                std::span<const Field> fields) noexcept {
  if (!is_enabled(type)) return;
  const LogRecord head{&type, clock_.utc_ns(), context.trace_id, context.span_id};
  LogCuts cuts;
  // Counted before it is queued: the writer may be done with it at once.
  ledger_.queued(Signal::kLogs, 1);
  const bool is_queued =
      writer_->push(log_record_bytes(context, fields), [&](std::byte* place) noexcept {
        return write_log_record(place, head, context.correlation_id, fields, cuts);
      });
  if (!is_queued) [[unlikely]] {
    ledger_.dropped(Signal::kLogs, 1,
                    writer_->is_open() ? DropReason::kQueueFull : DropReason::kShutdown);
  }
  if (cuts.undeclared_count > 0) ledger_.cut(CutReason::kUndeclared, cuts.undeclared_count);
  if (cuts.too_long_count > 0) ledger_.cut(CutReason::kTooLong, cuts.too_long_count);
}

bool Log::flush(std::chrono::milliseconds timeout) { return writer_->flush(timeout); }

void Log::stop(std::chrono::milliseconds timeout) { writer_->stop(timeout); }

}  // namespace vigie::telemetry
