#include "server/app/serve_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "server/app/application_stack.hpp"
#include "server/app/leaving.hpp"
#include "server/app/run_marker.hpp"
#include "server/app/stop_signals.hpp"
#include "telemetry/catalogue/log_events.hpp"

namespace vigie::app {
namespace {

using namespace telemetry::attributes;
namespace log_events = telemetry::log_events;

void tell_started(ApplicationStack& stack, const Config& config) {
  stack.telemetry().log().write(log_events::kServerStarted, {},
                                {{kServerAddress, config.http_address},
                                 {kServerPort, stack.public_server().port()},
                                 {kAdminPort, stack.admin_server().port()},
                                 {kProcessPid, ::getpid()},
                                 {kThreadCount, stack.reactor_count()}});
}

/// Requests in flight finish, whatever is left after the deadline is cut off. Jobs are given back
/// to others meanwhile: a stop waits for requests, not for a backup. When that was over.
std::chrono::steady_clock::time_point drain(ApplicationStack& stack, const Config& config) {
  stack.readiness().draining();
  stack.readiness().observe();
  std::this_thread::sleep_for(config.drain_delay_ms);
  stack.public_server().stop_accepting();
  stack.public_server().begin_drain();
  const auto began = std::chrono::steady_clock::now();
  const auto deadline = began + config.drain_timeout_ms;
  const bool had_requests = !stack.public_server().drained(began);
  stack.jobs().stop(std::min(deadline, began + kJobTimeMax));
  const bool is_drained = stack.public_server().drained(deadline);
  stack.telemetry().log().write(
      log_events::kServerStopped, {},
      {{kReason, is_drained ? "every request was answered" : "the drain timeout passed"}});
  return had_requests ? std::chrono::steady_clock::now() : began;
}

}  // namespace

int serve(const Config& config) {
  StopSignals signals;
  ApplicationStack stack(config);
  RunMarker run(config.telemetry_spool_directory, stack.telemetry().metrics());
  tell_started(stack, config);
  const int number = signals.wait();
  run.ended();
  stack.telemetry().log().write(log_events::kServerStopping, {},
                                {{kReason, number == SIGINT ? "SIGINT" : "SIGTERM"}});
  stack.stop(drain(stack, config));
  return EXIT_SUCCESS;
}

}  // namespace vigie::app
