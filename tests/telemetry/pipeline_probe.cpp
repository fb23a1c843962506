// A process with a telemetry pipeline that makes spans all the time and looks at its ledger as
// often as it can:
//   pipeline_probe URL SPOOL_DIRECTORY SPOOL_BYTES_MAX NAME none|gzip
// Each span is called "NAME/number". On standard output, one look a line:
//   look MADE CREATED EXPORTED SAMPLED_OUT DROPPED QUEUED SPOOLED [REASON=COUNT…]
// Reads "quiet" (make no more) and "stop" (shut down, print "end …" like a look) from standard
// input.

#include <poll.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>
#include <thread>

#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/telemetry.hpp"
#include "telemetry/trace.hpp"

namespace {

using namespace vigie::telemetry;
using std::chrono::microseconds;
using std::chrono::milliseconds;

TelemetryConfig config_for(char** arguments) {
  TelemetryConfig config;
  config.sampler = SamplerKind::kAlwaysOn;
  config.log_exporter = LogExporter::kNone;
  config.otlp_traces.url = arguments[1];
  config.otlp_traces.is_compressed = std::string(arguments[5]) == "gzip";
  config.otlp_traces.timeout = milliseconds(2000);
  config.spool.directory = arguments[2];
  config.spool.bytes_max = std::stoull(arguments[3]);
  config.spool.replay_bytes_per_second = std::uint64_t{8} << 20;
  config.retry = {milliseconds(2), milliseconds(40)};
  config.batch.schedule_delay = milliseconds(5);
  config.batch.export_timeout = milliseconds(100);
  config.batch.batch_spans_max = 64;
  return config;
}

class Maker {
 public:
  Maker(Telemetry& telemetry, std::string name)
      : telemetry_(telemetry), name_(std::move(name)), thread_([this] { run(); }) {}

  std::uint64_t made() const { return made_.load(); }
  void be_quiet() { is_quiet_.store(true); }

 private:
  void run() {
    while (!is_quiet_) {
      for (int i = 0; i < 3; ++i) make_trace();
      std::this_thread::sleep_for(microseconds(1000));
    }
  }
  void make_trace() {
    const std::uint64_t number = made_.load();
    {
      Trace trace(telemetry_.tracer(), {});
      Span root(&trace, spans::kHttpServer);
      root.name(name_ + "/" + std::to_string(number));
      Span query(&trace, spans::kDbQuery);
      query.name(name_ + "/" + std::to_string(number + 1));
    }
    made_.store(number + 2);
  }

  Telemetry& telemetry_;
  std::string name_;
  std::atomic<std::uint64_t> made_{0};
  std::atomic<bool> is_quiet_{false};
  std::jthread thread_;
};

void look(const std::string& what, std::uint64_t made, Ledger& ledger) {
  const Account account = ledger.account(Signal::kTraces);
  std::string line = what;
  for (const std::uint64_t count :
       {made, account.created, account.exported, account.sampled_out, account.dropped_total()}) {
    line += " " + std::to_string(count);
  }
  line += " " + std::to_string(account.queued) + " " + std::to_string(account.spooled);
  for (std::size_t i = 0; i < kDropReasonCount; ++i) {
    if (account.dropped[i] == 0) continue;
    line += " " + std::string(metrics::kDropReasons[i]) + "=" + std::to_string(account.dropped[i]);
  }
  std::cout << line + "\n" << std::flush;
}

bool is_commanded() {
  pollfd input{0, POLLIN, 0};
  return poll(&input, 1, 1) > 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  std::signal(SIGXFSZ, SIG_IGN);
  // poll() must see all that was not read yet.
  std::setvbuf(stdin, nullptr, _IONBF, 0);
  const SystemClock clock;
  Telemetry telemetry(config_for(argv), clock);
  Maker maker(telemetry, argv[4]);
  for (std::string command; command != "stop";) {
    // What is made is counted first: the ledger may be ahead of it, never behind.
    look("look", maker.made(), telemetry.ledger());
    if (!is_commanded()) continue;
    if (!std::getline(std::cin, command)) command = "stop";
    maker.be_quiet();
  }
  telemetry.shutdown(milliseconds(500));
  look("end", maker.made(), telemetry.ledger());
  return 0;
}
