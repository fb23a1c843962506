#pragma once

#include <chrono>
#include <string>

#include "server/domain/job_store.hpp"
#include "server/jobs/backoff.hpp"
#include "server/jobs/finisher.hpp"
#include "server/jobs/handlers.hpp"
#include "server/jobs/instruments.hpp"
#include "telemetry/trace.hpp"

namespace vigie::jobs {

/// What runs share.
struct RunParts {
  domain::JobStore& store;
  Finisher& finisher;
  Instruments instruments;
  Backoff backoff;
};

/// One run of a claimed job, from the call of its handler to its end in the store. Used on one
/// fiber.
class Run : private domain::JobRun {
 public:
  /// All arguments outlive it.
  Run(const RunParts& parts, const domain::ClaimedJob& claimed, const HandlerEntry& entry);

  /// Does it all. When it returns, the store knows what became of the job, or the lease runs out.
  void execute();

 private:
  /// What is written into the store, and told.
  struct Ending {
    Outcome outcome = Outcome::kDone;
    domain::Error error{};
    std::chrono::milliseconds pause{0};
  };

  const domain::Job& job() const noexcept override { return claimed_.job; }
  domain::Result<void> finish(const domain::Context& context) override;

  domain::Result<void> call_handler();
  Ending ending_of(domain::Result<void> handled);
  Ending settle(Ending wanted);
  domain::Result<void> store(const Ending& wanted);
  domain::Context context_until(net::TimePoint deadline);
  void describe(telemetry::Span& span) const;
  void tell(const Ending& ending, net::TimePoint began);

  const RunParts& parts_;
  const domain::ClaimedJob& claimed_;
  const HandlerEntry& entry_;
  telemetry::Trace trace_;
  std::string correlation_id_;
  /// The handler has marked its job as done in a unit of work.
  bool has_finished_ = false;
};

}  // namespace vigie::jobs
