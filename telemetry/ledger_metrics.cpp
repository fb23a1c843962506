#include "telemetry/ledger_metrics.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/ledger.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::telemetry {
namespace {

double as_double(std::uint64_t count) { return static_cast<double>(count); }

void collect_signal(Metrics& metrics, const Ledger& ledger, Signal signal) {
  const std::string_view name = name_of(signal);
  Counter& created = metrics.counter(metrics::kTelemetryRecords, {name, "created"});
  Counter& exported = metrics.counter(metrics::kTelemetryRecords, {name, "exported"});
  Counter& sampled_out = metrics.counter(metrics::kTelemetryRecords, {name, "sampled_out"});
  Gauge& queued = metrics.gauge(metrics::kTelemetryQueued, {name});
  Gauge& spooled = metrics.gauge(metrics::kTelemetrySpooled, {name});
  std::array<Counter*, kDropReasonCount> dropped{};
  for (std::size_t i = 0; i < kDropReasonCount; ++i) {
    dropped[i] = &metrics.counter(metrics::kTelemetryDropped, {name, metrics::kDropReasons[i]});
  }
  metrics.collect_with(
      [&ledger, signal, &created, &exported, &sampled_out, &queued, &spooled, dropped] {
        const Account account = ledger.account(signal);
        created.set_total(as_double(account.created));
        exported.set_total(as_double(account.exported));
        sampled_out.set_total(as_double(account.sampled_out));
        queued.set(static_cast<double>(account.queued));
        spooled.set(static_cast<double>(account.spooled));
        for (std::size_t i = 0; i < kDropReasonCount; ++i) {
          dropped[i]->set_total(as_double(account.dropped[i]));
        }
      });
}

// In the order of metrics::kExportedErrors, after "".
constexpr std::array kExportFailures{DropReason::kRejected,     DropReason::kRetriesExhausted,
                                     DropReason::kShutdown,     DropReason::kSpoolEvicted,
                                     DropReason::kSpoolCorrupt, DropReason::kSpoolFailed,
                                     DropReason::kWriteFailed};
static_assert(kExportFailures.size() + 1 == metrics::kExportedErrors.size());

/// What one signal is told as under the names of OpenTelemetry's semantic conventions (otel.sdk.*).
struct SdkMetrics {
  Signal signal;
  const MetricType& processed;
  const MetricType& exported;
};

void collect_sdk(Metrics& metrics, const Ledger& ledger, const SdkMetrics& types) {
  Counter& processed = metrics.counter(types.processed, {""});
  Counter& queue_full = metrics.counter(types.processed, {"queue_full"});
  Counter& exported = metrics.counter(types.exported, {""});
  std::array<Counter*, kExportFailures.size()> failed{};
  for (std::size_t i = 0; i < failed.size(); ++i) {
    failed[i] = &metrics.counter(types.exported, {metrics::kExportedErrors[i + 1]});
  }
  const Signal signal = types.signal;
  metrics.collect_with([&ledger, signal, &processed, &queue_full, &exported, failed] {
    const Account account = ledger.account(signal);
    const auto lost = [&account](DropReason reason) {
      return account.dropped[static_cast<std::size_t>(reason)];
    };
    std::uint64_t failed_total = 0;
    for (std::size_t i = 0; i < failed.size(); ++i) {
      failed[i]->set_total(as_double(lost(kExportFailures[i])));
      failed_total += lost(kExportFailures[i]);
    }
    processed.set_total(as_double(account.exported + failed_total));
    queue_full.set_total(as_double(lost(DropReason::kQueueFull)));
    exported.set_total(as_double(account.exported));
  });
}

void collect_sdk_logs(Metrics& metrics, const Ledger& ledger) {
  Counter& created = metrics.counter(metrics::kLogsCreated);
  Gauge& queue_size = metrics.gauge(metrics::kLogQueueSize);
  metrics.collect_with([&ledger, &created, &queue_size] {
    const Account account = ledger.account(Signal::kLogs);
    created.set_total(as_double(account.created));
    queue_size.set(static_cast<double>(account.queued));
  });
}

void collect_cuts(Metrics& metrics, const Ledger& ledger) {
  for (std::size_t i = 0; i < kCutReasonCount; ++i) {
    Counter& counter = metrics.counter(metrics::kTelemetryCuts, {metrics::kCutReasons[i]});
    metrics.collect_with([&ledger, &counter, i] {
      counter.set_total(as_double(ledger.cuts(static_cast<CutReason>(i))));
    });
  }
}

}  // namespace

void collect_ledger(Metrics& metrics, const Ledger& ledger) {
  collect_signal(metrics, ledger, Signal::kTraces);
  collect_signal(metrics, ledger, Signal::kLogs);
  collect_sdk(metrics, ledger,
              {Signal::kTraces, metrics::kSpansProcessed, metrics::kSpansExported});
  collect_sdk(metrics, ledger, {Signal::kLogs, metrics::kLogsProcessed, metrics::kLogsExported});
  collect_sdk_logs(metrics, ledger);
  collect_cuts(metrics, ledger);
}

}  // namespace vigie::telemetry
