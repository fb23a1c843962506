#pragma once

#include "server/domain/job_desk.hpp"
#include "server/net/waiting.hpp"

namespace vigie::app {

/// The desk for fibers of loops that have no connections to the database: each call is made on a
/// fiber of `loop`, while the caller waits. Calls are not part of the caller's trace.
class RelayedJobDesk : public domain::JobDesk {
 public:
  /// Both outlive it.
  RelayedJobDesk(net::EventLoop& loop, domain::JobDesk& desk) : loop_(loop), desk_(desk) {}

  domain::Result<std::vector<domain::JobRecord>> list(const domain::Context&,
                                                      const domain::JobFilter&) override;
  domain::Result<std::optional<domain::JobRecord>> find(const domain::Context&,
                                                        domain::JobId) override;
  domain::Result<domain::JobRecord> release(const domain::Context&, domain::JobId) override;
  domain::Result<domain::JobRecord> discard(const domain::Context&, domain::JobId) override;
  domain::Result<std::vector<domain::JobCount>> counts(const domain::Context&) override;

 private:
  net::EventLoop& loop_;
  domain::JobDesk& desk_;
};

}  // namespace vigie::app
