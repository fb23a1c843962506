#include "telemetry/telemetry.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/delivery.hpp"
#include "telemetry/ledger_metrics.hpp"
#include "telemetry/otlp/otlp_log_output.hpp"
#include "telemetry/pipeline/line_output.hpp"
#include "telemetry/pipeline/span_pipeline.hpp"
#include "telemetry/process_metrics.hpp"
#include "telemetry/recorder/recording_log_output.hpp"

namespace vigie::telemetry {
namespace {

LogOptions log_options(const TelemetryConfig& config) {
  LogOptions options;
  options.service_name = config.service_name;
  options.service_version = config.service_version;
  const bool is_silent = config.log_exporter == LogExporter::kNone;
  options.level = is_silent ? Severity::kOff : config.log_level;
  options.fd = is_silent ? -1 : config.log_fd;
  return options;
}

void collect_decisions(Metrics& metrics, const Tracer& tracer) {
  for (const bool is_kept : {true, false}) {
    for (std::size_t i = 0; i < kDecisionReasonCount; ++i) {
      Counter& counter =
          metrics.counter(metrics::kTraceDecisions,
                          {metrics::kDecisions[is_kept ? 0 : 1], metrics::kDecisionReasons[i]});
      metrics.collect_with([&tracer, &counter, is_kept, i] {
        counter.set_total(tracer.decisions(is_kept, static_cast<DecisionReason>(i)));
      });
    }
  }
}

std::unique_ptr<LogOutput> make_own_output(const TelemetryConfig& config, Delivery* delivery,
                                           const Clock& clock, Ledger& ledger) {
  if (delivery == nullptr) return std::make_unique<LineOutput>(log_options(config), ledger);
  return std::make_unique<OtlpLogOutput>(config.log_batch, resource_of(config), delivery->courier,
                                         clock);
}

std::unique_ptr<LogOutput> make_log_output(std::unique_ptr<LogOutput> own, LogRecorder* recorder) {
  if (recorder == nullptr) return own;
  return std::make_unique<RecordingLogOutput>(*recorder, std::move(own));
}

std::unique_ptr<SpanPipeline> make_pipeline(const SpanPipelineOptions& options, Delivery* delivery,
                                            const Clock& clock, Ledger& ledger) {
  if (delivery == nullptr) return nullptr;
  return std::make_unique<SpanPipeline>(options, delivery->courier, clock, ledger);
}

}  // namespace

Telemetry::Telemetry(const TelemetryConfig& config, const Clock& clock)
    : clock_(clock),
      metrics_(config.metrics, config.is_metrics_enabled),
      recorder_(make_recorder(config)),
      log_delivery_(make_delivery(config, Signal::kLogs, clock, ledger_, metrics_)),
      log_(log_options(config), clock, ledger_,
           make_log_output(make_own_output(config, log_delivery_.get(), clock, ledger_),
                           recorder_.logs.get())),
      trace_delivery_(make_delivery(config, Signal::kTraces, clock, ledger_, metrics_)),
      pipeline_(make_pipeline({config.batch, resource_of(config), recorder_.traces.get()},
                              trace_delivery_.get(), clock, ledger_)),
      tracer_({config.sampler, config.sampler_ratio}, clock, ledger_, pipeline_.get(),
              recorder_.traces.get()) {
  metrics_.gauge(metrics::kBuildInfo, {config.service_version, config.revision}).set(1);
  collect_process_metrics(metrics_);
  collect_ledger(metrics_, ledger_);
  collect_decisions(metrics_, tracer_);
  collect_recorder(metrics_, recorder_);
  collect_spool(metrics_, Signal::kTraces, trace_delivery_.get());
  collect_spool(metrics_, Signal::kLogs, log_delivery_.get());
  Gauge& queue_size = metrics_.gauge(metrics::kSpanQueueSize);
  metrics_.gauge(metrics::kSpanQueueCapacity)
      .set(static_cast<double>(config.batch.queue_spans_max));
  metrics_.collect_with([this, &queue_size] {
    queue_size.set(pipeline_ ? static_cast<double>(pipeline_->queued_span_count()) : 0.0);
    tracer_.renew_utc_offset();
  });
  if (trace_delivery_) trace_delivery_->courier.start(log_);
  if (log_delivery_) log_delivery_->courier.start(log_);
}

Telemetry::~Telemetry() { shutdown(std::chrono::milliseconds(1000)); }

bool Telemetry::flush(std::chrono::milliseconds timeout) {
  const bool are_spans_out = !pipeline_ || pipeline_->flush(timeout);
  return log_.flush(timeout) && are_spans_out;
}

void Telemetry::shutdown(std::chrono::milliseconds timeout) {
  if (std::exchange(is_shut_down_, true)) return;
  const auto deadline = std::chrono::nanoseconds(clock_.monotonic_ns()) + timeout;
  if (pipeline_) {
    pipeline_->stop(timeout);
    trace_delivery_->courier.stop();
  }
  say_ledger(Signal::kTraces);
  say_ledger(Signal::kLogs);
  const auto left = deadline - std::chrono::nanoseconds(clock_.monotonic_ns());
  // The log gets a little time of its own, however long the spans took.
  log_.stop(std::max(std::chrono::duration_cast<std::chrono::milliseconds>(left), kLogTimeLeast));
  if (log_delivery_) log_delivery_->courier.stop();
}

void Telemetry::say_ledger(Signal signal) noexcept {
  const Account account = ledger_.account(signal);
  log_.write(log_events::kLedger, {},
             {{attributes::kSignal, name_of(signal)},
              {attributes::kLedgerCreated, account.created},
              {attributes::kLedgerExported, account.exported},
              {attributes::kLedgerSampledOut, account.sampled_out},
              {attributes::kDroppedCount, account.dropped_total()},
              {attributes::kLedgerQueued, account.queued},
              {attributes::kLedgerSpooled, account.spooled}});
}

}  // namespace vigie::telemetry
