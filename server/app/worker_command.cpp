#include "server/app/worker_command.hpp"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>

#include "server/app/admin_port.hpp"
#include "server/app/configuration_json.hpp"
#include "server/app/foundation.hpp"
#include "server/app/job_stack.hpp"
#include "server/app/leaving.hpp"
#include "server/app/load_metrics.hpp"
#include "server/app/options.hpp"
#include "server/app/relayed_job_desk.hpp"
#include "server/app/run_marker.hpp"
#include "server/app/stop_signals.hpp"
#include "server/http/admin.hpp"
#include "server/net/server.hpp"
#include "telemetry/catalogue/log_events.hpp"

namespace vigie::app {
namespace {

using namespace telemetry::attributes;
namespace log_events = telemetry::log_events;

std::vector<jobs::LaneOptions> options_of(const Config& config,
                                          const std::vector<domain::JobLane>& lanes) {
  std::vector<jobs::LaneOptions> options;
  options.reserve(lanes.size());
  for (const domain::JobLane lane : lanes) options.push_back(lane_options(config, lane));
  return options;
}

/// Later members use earlier ones and are destroyed before them.
struct WorkerStack {
  WorkerStack(const Config& config, const std::vector<domain::JobLane>& lanes)
      : base(config),
        jobs(base, options_of(config, lanes)),
        job_desk(base.runtime.loop(0), base.job_desk, base.telemetry.tracer()),
        slow_thresholds({}),
        admin({base.instruments(), [this] { return base.readiness.obstacles(); }, VIGIE_VERSION,
               VIGIE_REVISION, slow_thresholds, base.telemetry.recorder(),
               [this] { return configuration_json(base.config); }, &job_desk,
               operator_access(config)}),
        admin_server(base.admin_runtime, admin, admin_server_options(config)) {
    export_worker_load(base.telemetry.metrics(), base.runtime, base.blobs.pool());
    base.watch([this] { jobs.start(); });
    base.readiness.started();
  }

  void stop(bool is_idle) {
    base.telemetry.log().write(
        log_events::kServerStopped, {},
        {{kReason, is_idle ? "every job has ended" : "the drain timeout passed"}});
    base.runtime.stop();
    base.telemetry.shutdown(flush_time(std::chrono::steady_clock::now()));
    leave_within(kLeaveTimeMax);
  }

  Foundation base;
  JobStack jobs;
  RelayedJobDesk job_desk;
  http::SlowThresholds slow_thresholds;
  http::Admin admin;
  net::Server admin_server;
};

}  // namespace

int work(const Config& config, const std::vector<domain::JobLane>& lanes) {
  StopSignals signals;
  WorkerStack stack(config, lanes);
  RunMarker run(config.telemetry_spool_directory, stack.base.telemetry.metrics());
  telemetry::Log& log = stack.base.telemetry.log();
  log.write(log_events::kServerStarted, {},
            {{kAdminPort, stack.admin_server.port()},
             {kProcessPid, ::getpid()},
             {kThreadCount, stack.base.runtime.size()}});
  const int number = signals.wait();
  run.ended();
  log.write(log_events::kServerStopping, {}, {{kReason, number == SIGINT ? "SIGINT" : "SIGTERM"}});
  stack.base.readiness.draining();
  stack.base.readiness.observe();
  // No drain delay: that is for a proxy, and nobody sends requests here.
  stack.stop(stack.jobs.stop(std::chrono::steady_clock::now() + config.drain_timeout_ms));
  return EXIT_SUCCESS;
}

}  // namespace vigie::app
