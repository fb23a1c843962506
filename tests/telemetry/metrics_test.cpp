#include "telemetry/metrics.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/exposition.hpp"
#include "telemetry/process_metrics.hpp"
#include "telemetry/trace.hpp"
#include "tests/fakes/captured_telemetry.hpp"
#include "tests/telemetry/threads.hpp"

namespace vigie::telemetry {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Asks for a series with these values of its labels.
void ask(Metrics& metrics, const MetricType& type, std::span<const std::string> texts) {
  const std::vector<std::string_view> v(texts.begin(), texts.end());
  const auto with = [&](const auto& make) {
    switch (v.size()) {
      case 1:
        return make({v[0]});
      case 2:
        return make({v[0], v[1]});
      case 3:
        return make({v[0], v[1], v[2]});
      default:
        return make({v[0], v[1], v[2], v[3]});
    }
  };
  using Values = std::initializer_list<std::string_view>;
  switch (type.kind) {
    case MetricKind::kCounter:
      return with([&](Values values) { metrics.counter(type, values); });
    case MetricKind::kGauge:
      return with([&](Values values) { metrics.gauge(type, values); });
    case MetricKind::kHistogram:
      return with([&](Values values) { metrics.histogram(type, values); });
  }
}

// Twice as many values as the label of `type` at `place` may have; the other labels stay the same.
void expect_bounded(const MetricType& type, std::size_t place) {
  const Label& label = type.labels[place];
  Metrics metrics(metrics::kAll);
  std::vector<std::string> values;
  for (std::size_t i = 0; i < type.label_count(); ++i) {
    values.emplace_back(type.labels[i].is_closed() ? type.labels[i].values[0] : "same");
  }
  for (std::size_t n = 0; n < 2 * label.bound; ++n) {
    values[place] = "value" + std::to_string(n);
    ask(metrics, type, values);
  }
  const std::string text = exposition(metrics, Format::kClassic);
  const std::string infinite = type.kind == MetricKind::kHistogram ? "le=\"+Inf\"" : "";
  std::size_t series = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(type.name) && contains(line, std::string(label.name) + "=\"value") &&
        contains(line, infinite)) {
      ++series;
    }
  }
  EXPECT_EQ(series, label.bound) << type.name << " " << label.name;
  EXPECT_TRUE(contains(text, std::string(label.name) + "=\"other\"")) << type.name;
  EXPECT_TRUE(contains(
      text, "vigie_telemetry_labels_over_bound_total " + std::to_string(label.bound) + "\n"))
      << type.name << " " << label.name;
}

TEST(Counter, AddsUpOverThreads) {
  Counter counter;
  run_in_threads(4, [&counter] {
    for (int n = 0; n < 10'000; ++n) counter.add();
  });
  counter.add(5);
  EXPECT_EQ(counter.value(), 40'005);
}

TEST(Gauge, GoesUpAndDown) {
  Gauge gauge;
  gauge.add(3);
  gauge.add(-5);
  EXPECT_EQ(gauge.value(), -2);
  Gauge level;
  level.set(1.5);
  level.set(0.5);
  EXPECT_EQ(level.value(), 0.5);
}

TEST(Histogram, PutsABoundIntoItsOwnBucket) {
  const std::array bounds{0.1, 1.0};
  Histogram histogram(bounds);
  for (double value : {0.0, 0.1, 0.5, 1.0, 7.0}) histogram.observe(value);
  EXPECT_EQ(histogram.counts(), (std::vector<std::uint64_t>{2, 2, 1}));
  EXPECT_DOUBLE_EQ(histogram.sum(), 8.6);
}

TEST(Histogram, AddsUpOverThreads) {
  const std::array bounds{0.1};
  Histogram histogram(bounds);
  run_in_threads(4, [&histogram] {
    for (int n = 0; n < 10'000; ++n) histogram.observe(1);
  });
  EXPECT_EQ(histogram.counts(), (std::vector<std::uint64_t>{0, 40'000}));
  EXPECT_EQ(histogram.sum(), 40'000);
}

TEST(Metrics, ExportsEnumerableSeriesAsZeroFromTheStart) {
  const fakes::CapturedTelemetry telemetry;
  EXPECT_EQ(telemetry.metric(R"(vigie_auth_attempts_total{method="token",outcome="reused"})"), "0");
  EXPECT_EQ(telemetry.metric("vigie_ready"), "0");
  EXPECT_EQ(telemetry.metric("vigie_password_hash_duration_seconds_count"), "0");
}

TEST(Metrics, GivesTheSameHandleForTheSameLabels) {
  Metrics metrics(metrics::kAll);
  Counter& counter = metrics.counter(metrics::kRateLimited, {"login"});
  EXPECT_EQ(&counter, &metrics.counter(metrics::kRateLimited, {"login"}));
  EXPECT_NE(&counter, &metrics.counter(metrics::kRateLimited, {"account"}));
}

TEST(Metrics, RefusesATypeThatWasNotDeclared) {
  Metrics metrics({});
  EXPECT_NO_THROW(metrics.counter(metrics::kTelemetryLabelsOverBound));
  EXPECT_THROW(metrics.counter(metrics::kAccountsCreated), std::logic_error);
}

// Every open label of the catalogue: its bound holds, what is over it is one series, and counted.
TEST(Metrics, KeepsEveryOpenLabelWithinItsBound) {
  for (const MetricType* type : metrics::kAll) {
    for (std::size_t place = 0; place < type->label_count(); ++place) {
      if (!type->labels[place].is_closed()) expect_bounded(*type, place);
    }
  }
}

TEST(Metrics, RecordsValuesOutsideAClosedSetAsOther) {
  fakes::CapturedTelemetry telemetry;
  telemetry.metrics.counter(metrics::kRateLimited, {"moon"}).add();
  EXPECT_EQ(telemetry.metric(R"(vigie_rate_limited_total{scope="other"})"), "1");
  EXPECT_EQ(telemetry.metric("vigie_telemetry_labels_over_bound_total"), "1");
}

TEST(Metrics, RecordsValuesOverTheBoundAsOther) {
  fakes::CapturedTelemetry telemetry;
  for (int i = 0; i < 20; ++i) {
    telemetry.metrics.gauge(metrics::kWorkerQueueLength, {"pool" + std::to_string(i)}).set(i);
  }
  EXPECT_EQ(telemetry.metric(R"(vigie_worker_queue_length{pool="pool7"})"), "7");
  EXPECT_EQ(telemetry.metric(R"(vigie_worker_queue_length{pool="pool8"})"), "");
  EXPECT_EQ(telemetry.metric(R"(vigie_worker_queue_length{pool="other"})"), "19");
  EXPECT_EQ(telemetry.metric("vigie_telemetry_labels_over_bound_total"), "12");
  telemetry.metrics.gauge(metrics::kWorkerQueueLength, {"pool3"});
  EXPECT_EQ(telemetry.metric("vigie_telemetry_labels_over_bound_total"), "12");
}

TEST(Metrics, AsksTheRefreshersAtEachScrape) {
  fakes::CapturedTelemetry telemetry;
  Gauge& ready = telemetry.metrics.gauge(metrics::kReady);
  Counter& accounts = telemetry.metrics.counter(metrics::kAccountsCreated);
  double scrapes = 0;
  telemetry.metrics.collect_with([&] {
    scrapes += 1;
    ready.set(scrapes);
    accounts.set_total(10 * scrapes);
  });
  EXPECT_EQ(telemetry.metric("vigie_ready"), "1");
  EXPECT_EQ(telemetry.metric("vigie_accounts_created_total"), "20");
}

TEST(Metrics, DoNothingWhenSwitchedOff) {
  Metrics metrics(metrics::kAll, false);
  metrics.counter(metrics::kAccountsCreated).add();
  metrics.histogram(metrics::kPasswordHashDuration).observe(1);
  const std::string text = exposition(metrics, Format::kClassic);
  EXPECT_TRUE(contains(text, "vigie_accounts_created_total 0\n"));
  EXPECT_TRUE(contains(text, "vigie_password_hash_duration_seconds_count 0\n"));
}

TEST(Metrics, CountAcrossScrapesWithoutLoss) {
  fakes::CapturedTelemetry telemetry;
  Histogram& histogram = telemetry.metrics.histogram(metrics::kPasswordHashDuration);
  Counter& counter = telemetry.metrics.counter(metrics::kAccountsCreated);
  for (int i = 1; i <= 3; ++i) {
    histogram.observe(0.2);
    counter.add(2);
    const std::string n = std::to_string(i);
    EXPECT_EQ(telemetry.metric("vigie_password_hash_duration_seconds_count"), n);
    EXPECT_EQ(telemetry.metric(R"(vigie_password_hash_duration_seconds_bucket{le="0.25"})"), n);
    EXPECT_EQ(telemetry.metric(R"(vigie_password_hash_duration_seconds_bucket{le="0.1"})"), "0");
    EXPECT_EQ(telemetry.metric("vigie_accounts_created_total"), std::to_string(2 * i));
  }
}

TEST(Exposition, WritesTheClassicFormat) {
  Metrics metrics(metrics::kAll);
  metrics.gauge(metrics::kBuildInfo, {"1.0", "a\"b\\c\n"}).set(1);
  metrics.histogram(metrics::kPasswordHashDuration).observe(0.02);
  const std::string text = exposition(metrics, Format::kClassic);
  EXPECT_TRUE(contains(text,
                       "# HELP vigie_build_info Always 1; version and revision of the binary\n"
                       "# TYPE vigie_build_info gauge\n"
                       "vigie_build_info{revision=\"a\\\"b\\\\c\\n\",version=\"1.0\"} 1\n"));
  EXPECT_TRUE(contains(text, "# TYPE vigie_accounts_created_total counter\n"));
  EXPECT_TRUE(contains(text,
                       "vigie_password_hash_duration_seconds_bucket{le=\"0.01\"} 0\n"
                       "vigie_password_hash_duration_seconds_bucket{le=\"0.025\"} 1\n"));
  EXPECT_TRUE(contains(text,
                       "vigie_password_hash_duration_seconds_bucket{le=\"1.0\"} 1\n"
                       "vigie_password_hash_duration_seconds_bucket{le=\"2.5\"} 1\n"
                       "vigie_password_hash_duration_seconds_bucket{le=\"+Inf\"} 1\n"
                       "vigie_password_hash_duration_seconds_sum 0.02\n"
                       "vigie_password_hash_duration_seconds_count 1\n"));
  EXPECT_FALSE(contains(text, "# EOF"));
  EXPECT_FALSE(contains(text, "# UNIT"));
}

TEST(Exposition, WritesOpenMetrics) {
  Metrics metrics(metrics::kAll);
  metrics.counter(metrics::kAccountsCreated).add();
  const std::string text = exposition(metrics, Format::kOpenMetrics);
  EXPECT_TRUE(contains(text,
                       "# HELP vigie_accounts_created Accounts created\n"
                       "# TYPE vigie_accounts_created counter\n"
                       "vigie_accounts_created_total 1\n"));
  EXPECT_TRUE(contains(text,
                       "# TYPE process_cpu_seconds counter\n"
                       "# UNIT process_cpu_seconds seconds\n"
                       "process_cpu_seconds_total 0\n"));
  EXPECT_TRUE(contains(text, "# UNIT vigie_password_hash_duration_seconds seconds\n"));
  EXPECT_TRUE(text.ends_with("\n# EOF\n"));
}

TEST(Exposition, ShowsExemplarsOfKeptTracesOnly) {
  fakes::CapturedTelemetry telemetry;
  Tracer off({SamplerKind::kAlwaysOff, 0}, telemetry.clock, telemetry.ledger, &telemetry.traces);
  Histogram& histogram = telemetry.metrics.histogram(metrics::kPasswordHashDuration);
  {
    Trace left_out(off, {});
    const Span span(&left_out, spans::kHttpServer);
    histogram.observe(0.2, &left_out);
  }
  EXPECT_FALSE(contains(exposition(telemetry.metrics, Format::kOpenMetrics), "trace_id"));

  Trace kept(telemetry.tracer, {});
  {
    const Span span(&kept, spans::kHttpServer);
    histogram.observe(0.3, &kept);
  }
  EXPECT_FALSE(contains(exposition(telemetry.metrics, Format::kOpenMetrics), "trace_id"));
  kept.finish();
  const std::string text = exposition(telemetry.metrics, Format::kOpenMetrics);
  EXPECT_TRUE(contains(text, "_bucket{le=\"0.5\"} 2 # {trace_id=\"" + kept.trace_id().to_hex() +
                                 "\",span_id=\"" + kept.span_id().to_hex() + "\"} 0.3 1893456000."))
      << text;
  EXPECT_FALSE(contains(exposition(telemetry.metrics, Format::kClassic), "trace_id"));
}

TEST(Exposition, KeepsTheNewestExemplarOfABucket) {
  fakes::CapturedTelemetry telemetry;
  Histogram& histogram = telemetry.metrics.histogram(metrics::kPasswordHashDuration);
  for (double value : {0.3, 0.4}) {
    Trace trace(telemetry.tracer, {});
    { const Span span(&trace, spans::kHttpServer); }
    trace.finish();
    histogram.observe(value, &trace);
  }
  const auto exemplars = histogram.exemplars();
  ASSERT_TRUE(exemplars[5]);
  EXPECT_EQ(exemplars[5]->value, 0.4);
}

TEST(Exposition, GivesNoExemplarWhenThePipelineIsFull) {
  fakes::CapturedTelemetry telemetry;
  telemetry.traces.set_full(true);
  Histogram& histogram = telemetry.metrics.histogram(metrics::kPasswordHashDuration);
  {
    Trace trace(telemetry.tracer, {});
    const Span span(&trace, spans::kHttpServer);
    histogram.observe(0.3, &trace);
  }
  EXPECT_FALSE(histogram.has_exemplars());
}

TEST(Negotiation, FollowsTheWeights) {
  EXPECT_EQ(negotiate(""), Format::kClassic);
  EXPECT_EQ(negotiate("*/*"), Format::kClassic);
  EXPECT_EQ(negotiate("text/plain"), Format::kClassic);
  EXPECT_EQ(negotiate("application/openmetrics-text"), Format::kOpenMetrics);
  EXPECT_EQ(negotiate("Application/OpenMetrics-Text; Version=1.0.0; charset=utf-8"),
            Format::kOpenMetrics);
  EXPECT_EQ(negotiate("application/openmetrics-text;version=2.0.0,text/plain;q=0.1"),
            Format::kClassic);
  EXPECT_EQ(negotiate("application/openmetrics-text;q=0.2, text/plain;version=0.0.4;q=0.5"),
            Format::kClassic);
  EXPECT_EQ(negotiate("application/openmetrics-text;q=0"), Format::kClassic);
  EXPECT_EQ(negotiate("application/openmetrics-text;q=nonsense,*/*;q=0.1"), Format::kClassic);
  // What Prometheus 2.42 sends.
  EXPECT_EQ(negotiate("application/openmetrics-text;version=1.0.0,"
                      "application/openmetrics-text;version=0.0.1;q=0.75,"
                      "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            Format::kOpenMetrics);
}

TEST(ProcessMetrics, SayWhatTheKernelKnows) {
  const ProcessFacts facts = read_process_facts();
  EXPECT_GT(facts.start_time_seconds, 1.6e9);
  EXPECT_GT(facts.resident_memory_bytes, 1e6);
  EXPECT_GE(facts.virtual_memory_bytes, facts.resident_memory_bytes);
  EXPECT_GE(facts.open_fds, 3);
  EXPECT_GE(facts.max_fds, facts.open_fds);
  EXPECT_GE(facts.threads, 1);
  EXPECT_GE(facts.cpu_seconds, 0);
}

}  // namespace
}  // namespace vigie::telemetry
