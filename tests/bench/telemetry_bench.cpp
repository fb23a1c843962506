#include <benchmark/benchmark.h>
#include <fcntl.h>

#include <array>
#include <chrono>
#include <memory>
#include <vector>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/exposition.hpp"
#include "telemetry/json_writer.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/otlp/trace_request.hpp"
#include "telemetry/tick_clock.hpp"
#include "telemetry/trace.hpp"
#include "telemetry/trace_buffer.hpp"
#include "telemetry/tracer.hpp"

namespace vigie::telemetry {
namespace {

/// Takes every trace and throws it away.
class NullSink final : public TraceSink {
 public:
  bool offer(std::unique_ptr<TraceBuffer>& trace) noexcept override {
    trace.reset();
    return true;
  }
};

/// Keeps every trace.
class StoringSink final : public TraceSink {
 public:
  bool offer(std::unique_ptr<TraceBuffer>& trace) noexcept override {
    traces.push_back(std::move(trace));
    return true;
  }

  std::vector<std::unique_ptr<TraceBuffer>> traces;
};

struct Setup {
  explicit Setup(SamplerKind kind) : tracer({kind, 0.0}, clock, ledger, &sink) {}

  TickClock clock;
  Ledger ledger;
  NullSink sink;
  Tracer tracer;
};

void record_query(Trace& trace) {
  Span span(&trace, spans::kDbQuery);
  span.set(attributes::kDbSystemName, "postgresql");
  span.set(attributes::kDbQuerySummary, "event_list");
  span.set(attributes::kDbOperationName, "SELECT");
  span.set(attributes::kDbReturnedRows, 20);
}

void record_request(Trace& trace) {
  Span span(&trace, spans::kHttpServer);
  record_query(trace);
  span.name("GET /api/v1/events");
  span.set(attributes::kHttpRequestMethod, "GET");
  span.set(attributes::kHttpRoute, "/api/v1/events");
  span.set(attributes::kUrlPath, "/api/v1/events");
  span.set(attributes::kUrlScheme, "http");
  span.set(attributes::kHttpResponseStatusCode, 200);
  span.set(attributes::kClientAddress, "127.0.0.1");
  span.set(attributes::kUserAgent, "wrk/4.1.0");
  span.set(attributes::kCorrelationId, "018c2f9a-5b1e-7cc2-9d0c-3a1f5e6b7c8d");
}

void write_access_line(Log& log, const Trace& trace) {
  log.write(log_events::kHttpRequest, context_of(&trace, "018c2f9a-5b1e-7cc2-9d0c-3a1f5e6b7c8d"),
            {{attributes::kHttpRequestMethod, "GET"},
             {attributes::kHttpRoute, "/api/v1/events"},
             {attributes::kUrlPath, "/api/v1/events"},
             {attributes::kHttpResponseStatusCode, 200},
             {attributes::kHttpRequestDuration, 0.0006125},
             {attributes::kHttpRequestBodySize, 0},
             {attributes::kHttpResponseBodySize, 8192},
             {attributes::kClientAddress, "127.0.0.1"},
             {attributes::kUserAgent, "wrk/4.1.0"}});
}

// Start and end of one span with four attributes, eight spans to a trace that is left out.
void span_of_four_attributes(benchmark::State& state) {
  Setup setup(SamplerKind::kTraceIdRatio);
  std::unique_ptr<Trace> trace;
  std::size_t count = 0;
  for (auto _ : state) {
    if (count++ % 8 == 0) trace = std::make_unique<Trace>(setup.tracer, std::nullopt);
    record_query(*trace);
  }
}
BENCHMARK(span_of_four_attributes);

void trace_of_ten_spans(benchmark::State& state) {
  Setup setup(state.range(0) != 0 ? SamplerKind::kAlwaysOn : SamplerKind::kTraceIdRatio);
  for (auto _ : state) {
    Trace trace(setup.tracer, {});
    const Span root(&trace, spans::kHttpServer);
    for (int i = 0; i < 9; ++i) const Span child(&trace, spans::kDbQuery);
  }
}
BENCHMARK(trace_of_ten_spans)->ArgName("kept")->Arg(0)->Arg(1);

Metrics& shared_metrics() {
  static Metrics metrics(metrics::kAll);
  return metrics;
}

void counter_add(benchmark::State& state) {
  Counter& counter = shared_metrics().counter(metrics::kAccountsCreated);
  for (auto _ : state) counter.add();
}
BENCHMARK(counter_add)->Threads(1)->Threads(2);

void histogram_observe(benchmark::State& state) {
  Histogram& histogram = shared_metrics().histogram(metrics::kHttpServerRequestDuration,
                                                    {"GET", "/api/v1/events", "200", ""});
  for (auto _ : state) histogram.observe(0.0123);
}
BENCHMARK(histogram_observe)->Threads(1)->Threads(2);

void histogram_observe_with_exemplar(benchmark::State& state) {
  Histogram& histogram = shared_metrics().histogram(metrics::kHttpServerRequestDuration,
                                                    {"GET", "/api/v1/events", "200", ""});
  const Exemplar exemplar{};
  for (auto _ : state) {
    histogram.observe(0.0123);
    histogram.set_exemplar(2, exemplar);
  }
}
BENCHMARK(histogram_observe_with_exemplar)->Threads(1)->Threads(2);

struct LogSetup : Setup {
  LogSetup() : Setup(SamplerKind::kTraceIdRatio) {}

  int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
  Log log{{"vigie", "1.0", Severity::kInfo, fd}, clock, ledger};
};

constexpr int kBlock = 1000;

// What the caller pays for a thousand lines: blocks that the queue has room for, the writer at
// rest.
void access_line_caller(benchmark::State& state) {
  LogSetup setup;
  const Trace trace(setup.tracer, {});
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kBlock; ++i) write_access_line(setup.log, trace);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    setup.log.flush(std::chrono::seconds(10));
    state.SetIterationTime(time.count());
  }
  state.SetItemsProcessed(state.iterations() * kBlock);
}
BENCHMARK(access_line_caller)->UseManualTime();

// What a line costs the process, with formatting and writing, in CPU time of all threads.
void access_line_process(benchmark::State& state) {
  LogSetup setup;
  const Trace trace(setup.tracer, {});
  for (auto _ : state) {
    for (int i = 0; i < kBlock; ++i) write_access_line(setup.log, trace);
    setup.log.flush(std::chrono::seconds(10));
  }
  state.SetItemsProcessed(state.iterations() * kBlock);
}
BENCHMARK(access_line_process)->MeasureProcessCPUTime();

// The whole of a request whose trace is left out: two spans, two histograms, one line; divide the
// CPU time, which is that of all threads, by a thousand.
void thousand_requests(benchmark::State& state) {
  LogSetup setup;
  Histogram& request = shared_metrics().histogram(metrics::kHttpServerRequestDuration,
                                                  {"GET", "/api/v1/events", "200", ""});
  Histogram& query = shared_metrics().histogram(metrics::kDbClientOperationDuration,
                                                {"postgresql", "event_list", ""});
  for (auto _ : state) {
    for (int i = 0; i < kBlock; ++i) {
      Trace trace(setup.tracer, {});
      record_request(trace);
      query.observe(0.0004, &trace);
      request.observe(0.0006, &trace);
      write_access_line(setup.log, trace);
      trace.finish();
    }
    setup.log.flush(std::chrono::seconds(10));
  }
  state.SetItemsProcessed(state.iterations() * kBlock);
}
BENCHMARK(thousand_requests)->MeasureProcessCPUTime();

// An answer of twenty members, 620 bytes.
void json_object(benchmark::State& state) {
  JsonWriter out(4096);
  for (auto _ : state) {
    out.clear();
    out.begin_object();
    for (int i = 0; i < 4; ++i) {
      out.member("id", "018c2f9a-5b1e-7cc2-9d0c-3a1f5e6b7c8d")
          .member("title", "A harbour at night");
      out.member("description", "Lanterns, two choirs and the tide coming in under the old pier.");
      out.member("capacity", 250 + i).member("published", true);
    }
    out.end_object();
    benchmark::DoNotOptimize(out.view().data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.view().size()));
}
BENCHMARK(json_object);

// Per span, of eight attributes, in a batch of 512.
void otlp_encode(benchmark::State& state) {
  SystemClock clock;
  Ledger ledger;
  StoringSink sink;
  Tracer tracer({SamplerKind::kAlwaysOn, 1.0}, clock, ledger, &sink);
  for (int i = 0; i < 512; ++i) {
    Trace trace(tracer, {});
    Span span(&trace, spans::kHttpServer);
    span.name("GET /api/v1/events");
    span.set(attributes::kHttpRequestMethod, "GET");
    span.set(attributes::kHttpRoute, "/api/v1/events");
    span.set(attributes::kUrlPath, "/api/v1/events");
    span.set(attributes::kUrlScheme, "http");
    span.set(attributes::kHttpResponseStatusCode, 200);
    span.set(attributes::kClientAddress, "127.0.0.1");
    span.set(attributes::kUserAgent, "wrk/4.1.0");
    span.set(attributes::kCorrelationId, "018c2f9a-5b1e-7cc2-9d0c-3a1f5e6b7c8d");
  }
  TraceRequest request({{{"service.name", "vigie"}}, "vigie", "1.0"});
  std::size_t spans = 0;
  request.begin();
  for (auto _ : state) {
    if (spans++ % 512 == 0) request.begin();
    request.add(*sink.traces[spans % 512]);
    if (spans % 512 == 0) benchmark::DoNotOptimize(request.finish().data());
  }
}
BENCHMARK(otlp_encode);

void scrape(benchmark::State& state) {
  Metrics metrics(metrics::kAll);
  for (int route = 0; route < 40; ++route) {
    for (const char* status : {"200", "304", "400", "401", "404", "429", "500", "503"}) {
      metrics
          .histogram(metrics::kHttpServerRequestDuration,
                     {"GET", "/api/v1/route" + std::to_string(route), status, ""})
          .observe(0.01);
    }
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(exposition(metrics, Format::kOpenMetrics).size());
  }
}
BENCHMARK(scrape)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vigie::telemetry

BENCHMARK_MAIN();
