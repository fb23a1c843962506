// Spans a second from the queue of the pipeline, through encoding and HTTP, into a receiver that
// discards them: the process is held on one core, the receiver, a process of its own, on another.
//   vigie_pipeline_bench [ROUNDS]

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/otlp/http_exporter.hpp"
#include "telemetry/pipeline/courier.hpp"
#include "telemetry/pipeline/span_pipeline.hpp"
#include "telemetry/telemetry.hpp"
#include "telemetry/tick_clock.hpp"
#include "telemetry/trace.hpp"
#include "telemetry/trace_buffer.hpp"

namespace {

using namespace vigie::telemetry;

constexpr int kTraces = 50'000;
constexpr int kSpansOfTrace = 8;
constexpr double kGoal = 500'000;

void hold_on_core(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

std::size_t content_length(std::string_view header) {
  constexpr std::string_view kName = "Content-Length: ";
  const std::size_t at = header.find(kName);
  return at == std::string_view::npos
             ? 0
             : std::strtoul(header.data() + at + kName.size(), nullptr, 10);
}

// Until the client closes.
void serve(int connection) {
  std::string received;
  std::array<char, 1 << 16> block{};
  std::size_t left = 0;
  for (ssize_t size = 0; (size = read(connection, block.data(), block.size())) > 0;) {
    if (left == 0) {
      received.append(block.data(), static_cast<std::size_t>(size));
      const std::size_t end = received.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      left = content_length(received) + end + 4;
      size = static_cast<ssize_t>(received.size());
      received.clear();
    }
    left -= std::min(left, static_cast<std::size_t>(size));
    constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    if (left == 0 && write(connection, kAnswer.data(), kAnswer.size()) < 0) return;
  }
}

/// A collector in a process of its own, on another core.
class Collector {
 public:
  Collector() {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener, 4) != 0 ||
        getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      std::perror("listener");
      std::exit(1);
    }
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/v1/traces";
    child_ = fork();
    if (child_ == 0) {
      hold_on_core(1);
      for (;;) {
        const int connection = accept(listener, nullptr, nullptr);
        serve(connection);
        close(connection);
      }
    }
    close(listener);
  }
  ~Collector() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  const std::string& url() const { return url_; }

 private:
  std::string url_;
  pid_t child_ = 0;
};

class StoringSink final : public TraceSink {
 public:
  bool offer(std::unique_ptr<TraceBuffer>& trace) noexcept override {
    traces.push_back(std::move(trace));
    return true;
  }

  std::vector<std::unique_ptr<TraceBuffer>> traces;
};

void make_trace(Tracer& tracer) {
  Trace trace(tracer, {});
  Span root(&trace, spans::kHttpServer);
  root.name("GET /api/v1/events");
  root.set(attributes::kHttpRequestMethod, "GET");
  root.set(attributes::kHttpRoute, "/api/v1/events");
  root.set(attributes::kUrlPath, "/api/v1/events");
  root.set(attributes::kHttpResponseStatusCode, 200);
  for (int i = 1; i < kSpansOfTrace; ++i) {
    Span query(&trace, spans::kDbQuery);
    query.set(attributes::kDbSystemName, "postgresql");
    query.set(attributes::kDbQuerySummary, "event_list");
    query.set(attributes::kDbOperationName, "SELECT");
    query.set(attributes::kDbReturnedRows, 20);
  }
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Round {
  double spans_per_second;
  double cpu_ns_per_span;
};

Round measure(const std::string& url) {
  const TickClock clock;
  Ledger ledger;
  StoringSink store;
  Tracer tracer({SamplerKind::kAlwaysOn, 1.0}, clock, ledger, &store);
  for (int i = 0; i < kTraces; ++i) make_trace(tracer);

  TelemetryConfig quiet;
  quiet.log_exporter = LogExporter::kNone;
  Telemetry telemetry(quiet, clock);
  OtlpOptions options;
  options.url = url;
  OtlpHttpExporter exporter(options, "vigie");
  Courier courier({}, exporter, clock, ledger);
  courier.start(telemetry.log());
  SpanPipeline pipeline({{}, {{{"service.name", "vigie"}}, "vigie", "1.0"}}, courier, clock,
                        ledger);

  const double cpu = cpu_seconds();
  const std::uint64_t start = clock.monotonic_ns();
  for (std::unique_ptr<TraceBuffer>& trace : store.traces) {
    while (!pipeline.offer(trace)) sched_yield();
  }
  pipeline.flush(std::chrono::seconds(60));
  const double seconds = static_cast<double>(clock.monotonic_ns() - start) * 1e-9;
  const double spent = cpu_seconds() - cpu;
  pipeline.stop(std::chrono::milliseconds(0));
  courier.stop();

  const auto count = static_cast<double>(kTraces) * kSpansOfTrace;
  const Account account = ledger.account(Signal::kTraces);
  if (account.exported != static_cast<std::uint64_t>(kTraces) * kSpansOfTrace) {
    std::fprintf(stderr, "only %lu spans arrived\n", static_cast<unsigned long>(account.exported));
    std::exit(1);
  }
  return {count / seconds, 1e9 * spent / count};
}

}  // namespace

int main(int argc, char** argv) {
  const Collector collector;
  hold_on_core(0);
  std::vector<double> rates;
  std::vector<double> costs;
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  for (int i = 0; i < rounds; ++i) {
    const Round round = measure(collector.url());
    rates.push_back(round.spans_per_second);
    costs.push_back(round.cpu_ns_per_span);
  }
  std::sort(rates.begin(), rates.end());
  std::sort(costs.begin(), costs.end());
  const std::size_t middle = rates.size() / 2;
  std::printf(
      "pipeline: %.0f / %.0f / %.0f spans/s on one core, %.0f / %.0f / %.0f ns of CPU a span, "
      "goal %.0f: %s\n",
      rates.front(), rates[middle], rates.back(), costs.front(), costs[middle], costs.back(), kGoal,
      rates[middle] >= kGoal ? "met" : "MISSED");
}
