#include "server/app/serve_command.hpp"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "server/app/application_stack.hpp"
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

/// Requests in flight finish, whatever is left after the deadline is cut off.
void drain(ApplicationStack& stack, const Config& config) {
  stack.readiness().draining();
  std::this_thread::sleep_for(config.drain_delay_ms);
  stack.public_server().stop_accepting();
  stack.public_server().begin_drain();
  const auto deadline = std::chrono::steady_clock::now() + config.drain_timeout_ms;
  stack.jobs().stop(deadline);
  const bool is_drained = stack.public_server().drained(deadline);
  stack.telemetry().log().write(
      log_events::kServerStopped, {},
      {{kReason, is_drained ? "every request was answered" : "the drain timeout passed"}});
}

}  // namespace

int serve(const Config& config) {
  StopSignals signals;
  ApplicationStack stack(config);
  tell_started(stack, config);
  const int number = signals.wait();
  stack.telemetry().log().write(log_events::kServerStopping, {},
                                {{kReason, number == SIGINT ? "SIGINT" : "SIGTERM"}});
  drain(stack, config);
  stack.stop();
  return EXIT_SUCCESS;
}

}  // namespace vigie::app
