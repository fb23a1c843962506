#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/job_desk.hpp"
#include "server/http/application.hpp"
#include "server/http/instruments.hpp"
#include "server/http/operator_access.hpp"
#include "server/http/request_metrics.hpp"
#include "server/http/slow_thresholds.hpp"
#include "telemetry/recorder/recorder.hpp"

namespace vigie::http {

/// What the admin port tells about. All of it outlives the application.
struct AdminDependencies {
  Instruments instruments;
  /// Why the process should get no traffic, as stable words; empty: it is ready. Thread-safe, does
  /// not wait.
  std::function<std::vector<std::string_view>()> obstacles;
  std::string version;
  std::string revision;
  /// Those of the API.
  SlowThresholds& slow_thresholds;
  telemetry::Recorder& recorder;
  /// The settings in force as JSON, without secrets. Thread-safe.
  std::function<std::string()> configuration;
  /// Of fibers of the admin port. Null: there is no queue.
  domain::JobDesk* jobs = nullptr;
  OperatorAccess access{};
  /// What the process serves, for its console.
  std::vector<const RequestMetrics*> traffic{};
};

/// Metrics, probes, and what on-call looks at and changes, for operators (see OperatorAccess).
/// Nothing here waits but the queue of jobs, so that it answers whatever else is broken.
class Admin : public Application {
 public:
  explicit Admin(const AdminDependencies& dependencies);
  ~Admin() override;

  Admission admit(const Request& request) noexcept override;
  Response handle(Request& request) noexcept override;
  Response refuse(Refusal reason, const Request* request) noexcept override;

  /// Keeps how much was asked for by now: to be called every console::TrafficHistory::kStep, on the
  /// thread that answers.
  void look();

 private:
  class Pipeline;
  std::unique_ptr<Pipeline> pipeline_;
};

}  // namespace vigie::http
