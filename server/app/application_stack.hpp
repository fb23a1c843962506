#pragma once

#include <chrono>
#include <memory>

#include "server/app/config.hpp"
#include "server/app/job_stack.hpp"
#include "server/app/readiness.hpp"
#include "server/net/server.hpp"
#include "telemetry/telemetry.hpp"

namespace vigie::app {

/// The composition root: every object of a serving process, made in the order in which they depend
/// on each other. Both listeners accept when the constructor returns.
class ApplicationStack {
 public:
  explicit ApplicationStack(const Config& config);
  ApplicationStack(const ApplicationStack&) = delete;
  ApplicationStack& operator=(const ApplicationStack&) = delete;
  ~ApplicationStack();

  telemetry::Telemetry& telemetry();
  Readiness& readiness();
  JobStack& jobs();
  net::Server& public_server();
  net::Server& admin_server();
  std::size_t reactor_count() const;

  /// Stops the reactors, then flushes telemetry. The process ends soon after, whatever holds its
  /// threads. After the drain, whose requests ended at `since`; once.
  void stop(std::chrono::steady_clock::time_point since);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace vigie::app
