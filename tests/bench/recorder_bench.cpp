#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <optional>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/log_record.hpp"
#include "telemetry/recorder/log_recorder.hpp"
#include "telemetry/recorder/trace_recorder.hpp"
#include "telemetry/tick_clock.hpp"
#include "telemetry/trace.hpp"
#include "telemetry/tracer.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::size_t kTraceBytes = std::size_t{24} << 20;
constexpr std::size_t kLogBytes = std::size_t{8} << 20;

class NullSink final : public TraceSink {
 public:
  bool offer(std::unique_ptr<TraceBuffer>& trace) noexcept override {
    trace.reset();
    return true;
  }
};

/// Puts each trace into the recorder, as the pipeline's thread does.
class KeepingSink final : public TraceSink {
 public:
  explicit KeepingSink(TraceHolder& holder) : holder_(holder) {}
  bool offer(std::unique_ptr<TraceBuffer>& trace) noexcept override {
    holder_.keep(std::move(trace));
    return true;
  }

 private:
  TraceHolder& holder_;
};

void record_request(Tracer& tracer) {
  Trace trace(tracer, {});
  Span root(&trace, spans::kHttpServer);
  {
    Span query(&trace, spans::kDbQuery);
    query.set(attributes::kDbSystemName, "postgresql");
    query.set(attributes::kDbQuerySummary, "event_list");
  }
  root.name("GET /api/v1/events");
  root.set(attributes::kHttpRequestMethod, "GET");
  root.set(attributes::kHttpRoute, "/api/v1/events");
  root.set(attributes::kUrlPath, "/api/v1/events");
  root.set(attributes::kHttpResponseStatusCode, 200);
  root.set(attributes::kCorrelationId, "018c2f9a-5b1e-7cc2-9d0c-3a1f5e6b7c8d");
}

// What the request's thread pays for a trace that is left out, without and with a recorder.
void request_left_out(benchmark::State& state) {
  const TickClock clock;
  Ledger ledger;
  NullSink sink;
  TraceRecorder recorder(kTraceBytes);
  Tracer tracer({SamplerKind::kTraceIdRatio, 0}, clock, ledger, &sink,
                state.range(0) != 0 ? &recorder : nullptr);
  for (auto _ : state) record_request(tracer);
}
BENCHMARK(request_left_out)->ArgName("recorder")->Arg(0)->Arg(1);

// A kept trace on its way into a full recorder, on one thread; the first is what it takes to make.
void request_kept(benchmark::State& state) {
  const TickClock clock;
  Ledger ledger;
  NullSink null_sink;
  TraceRecorder recorder(kTraceBytes);
  KeepingSink keeping_sink(recorder);
  TraceSink* sink = &null_sink;
  if (state.range(0) != 0) sink = &keeping_sink;
  Tracer tracer({SamplerKind::kAlwaysOn, 1}, clock, ledger, sink);
  for (int i = 0; i < 50'000; ++i) record_request(tracer);
  for (auto _ : state) record_request(tracer);
  state.counters["held"] = static_cast<double>(recorder.count());
}
BENCHMARK(request_kept)->ArgName("recorder")->Arg(0)->Arg(1);

// With no exporter every trace is handed over: in CPU time of both threads.
void request_not_exported(benchmark::State& state) {
  const TickClock clock;
  Ledger ledger;
  TraceRecorder recorder(kTraceBytes);
  Tracer tracer({SamplerKind::kAlwaysOn, 1}, clock, ledger, nullptr, &recorder);
  for (auto _ : state) record_request(tracer);
  state.counters["missed"] = benchmark::Counter(static_cast<double>(recorder.missed_count()),
                                                benchmark::Counter::kAvgIterations);
}
BENCHMARK(request_not_exported)->MeasureProcessCPUTime();

void find_slow_traces(benchmark::State& state) {
  const TickClock clock;
  Ledger ledger;
  TraceRecorder recorder(kTraceBytes);
  KeepingSink sink(recorder);
  Tracer tracer({SamplerKind::kAlwaysOn, 1}, clock, ledger, &sink);
  for (int i = 0; i < 50'000; ++i) record_request(tracer);
  for (auto _ : state) {
    benchmark::DoNotOptimize(recorder.find({.route = "/api/v1/events", .duration_ns_min = 1000}));
  }
}
BENCHMARK(find_slow_traces)->Unit(benchmark::kMillisecond);

// What the log's thread pays more for a line.
void log_event_recorded(benchmark::State& state) {
  LogRecorder recorder(kLogBytes, "vigie", "1");
  alignas(8) std::array<std::byte, 2048> place{};
  const std::array<Field, 6> fields{{{attributes::kHttpRequestMethod, "GET"},
                                     {attributes::kHttpRoute, "/api/v1/events"},
                                     {attributes::kUrlPath, "/api/v1/events"},
                                     {attributes::kHttpResponseStatusCode, 200},
                                     {attributes::kHttpRequestDuration, 0.0006125},
                                     {attributes::kClientAddress, "127.0.0.1"}}};
  LogCuts cuts;
  write_log_record(place.data(), LogRecord{&log_events::kHttpRequest, 1, {}, {}},
                   "018c2f9a-5b1e-7cc2-9d0c-3a1f5e6b7c8d", fields, cuts);
  for (auto _ : state) recorder.add(*reinterpret_cast<const LogRecord*>(place.data()));
  state.counters["held"] = static_cast<double>(recorder.count());
}
BENCHMARK(log_event_recorded);

void find_log_lines(benchmark::State& state) {
  LogRecorder recorder(kLogBytes, "vigie", "1");
  alignas(8) std::array<std::byte, 512> place{};
  LogCuts cuts;
  write_log_record(place.data(), LogRecord{&log_events::kHttpRequest, 1, {}, {}},
                   "018c2f9a-5b1e-7cc2-9d0c-3a1f5e6b7c8d", {}, cuts);
  for (int i = 0; i < 200'000; ++i) {
    recorder.add(*reinterpret_cast<const LogRecord*>(place.data()));
  }
  for (auto _ : state) benchmark::DoNotOptimize(recorder.find({.correlation_id = "another"}));
}
BENCHMARK(find_log_lines)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vigie::telemetry
