#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "server/domain/clock.hpp"
#include "server/domain/job_queue.hpp"

namespace vigie::jobs {

/// Removes what has expired, portion by portion, so that no statement is long.
class CleanUp : public domain::JobHandler {
 public:
  /// Removes at most `limit` and returns how many.
  using RemoveExpired = std::function<domain::Result<std::int64_t>(
      const domain::Context&, domain::Timestamp now, std::int64_t limit)>;

  CleanUp(RemoveExpired remove_expired, const domain::Clock& clock)
      : remove_expired_(std::move(remove_expired)), clock_(clock) {}

  domain::Result<void> run(const domain::Context& context, domain::JobRun& run) override;

 private:
  RemoveExpired remove_expired_;
  const domain::Clock& clock_;
};

}  // namespace vigie::jobs
