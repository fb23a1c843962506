#pragma once

#include <optional>
#include <vector>

#include "server/domain/job_desk.hpp"
#include "server/net/waiting.hpp"
#include "telemetry/tracer.hpp"

namespace vigie::app {

/// The desk for fibers of loops that have no connections to the database: each call is made on a
/// fiber of `loop`, while the caller waits. Its spans have the caller's trace id and his span for
/// parent, in a trace of their own: the caller may leave at his deadline.
class RelayedJobDesk : public domain::JobDesk {
 public:
  /// All outlive it.
  RelayedJobDesk(net::EventLoop& loop, domain::JobDesk& desk, telemetry::Tracer& tracer)
      : home_{loop, tracer}, desk_(desk) {}

  domain::Result<std::vector<domain::JobRecord>> list(const domain::Context&,
                                                      const domain::JobFilter&) override;
  domain::Result<std::optional<domain::JobRecord>> find(const domain::Context&,
                                                        domain::JobId) override;
  domain::Result<domain::JobRecord> release(const domain::Context&, domain::JobId) override;
  domain::Result<domain::JobRecord> discard(const domain::Context&, domain::JobId) override;
  domain::Result<std::vector<domain::JobCount>> counts(const domain::Context&) override;

 private:
  /// Where calls are made.
  struct Home {
    net::EventLoop& loop;
    telemetry::Tracer& tracer;
  };

  Home home_;
  domain::JobDesk& desk_;
};

}  // namespace vigie::app
