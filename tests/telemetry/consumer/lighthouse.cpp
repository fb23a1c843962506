// lighthouse URL: watches two ships, sends its spans to URL, logs to standard output, and prints
// its metrics and its catalogue to standard error.

#include <chrono>
#include <iostream>

#include "catalogue.hpp"
#include "telemetry/exposition.hpp"
#include "telemetry/telemetry.hpp"
#include "telemetry/trace.hpp"

namespace {

using namespace lighthouse;

void watch(Telemetry& telemetry, const char* ship, const char* flag) {
  Trace trace(telemetry.tracer(), {});
  {
    Span watched(&trace, kWatch);
    watched.set(kShipName, ship);
    watched.set(kFlashes, 7);  // not declared for this span: left out and counted
    Span signalling(&trace, kSignalling);
    signalling.set(kFlashes, 3);
  }
  telemetry.metrics().counter(kShips, {"port"}).add();
  telemetry.metrics().histogram(kWatchTime, {flag}).observe(12.5, &trace);
  telemetry.log().write(kShipPassed, context_of(&trace, "night-1"),
                        {{kShipName, ship}, {kFlashes, 3}});
  trace.finish();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  TelemetryConfig config;
  config.scope_name = "lighthouse";
  config.service_name = "lighthouse";
  config.service_version = "2.0.0";
  config.metrics = kMetrics;
  config.sampler = SamplerKind::kAlwaysOn;
  config.otlp_traces.url = argv[1];
  const SystemClock clock;
  Telemetry telemetry(config, clock);
  watch(telemetry, "Argo", "gr");
  watch(telemetry, "Beagle", "gb");
  watch(telemetry, "Calypso", "fr");  // the third flag is one too many
  telemetry.shutdown(std::chrono::seconds(10));
  std::cerr << catalogue_json(kCatalogue) << "\n"
            << exposition(telemetry.metrics(), Format::kOpenMetrics);
  return telemetry.ledger().account(Signal::kTraces).exported == 6 ? 0 : 1;
}
