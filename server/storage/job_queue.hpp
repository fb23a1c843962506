#pragma once

#include <map>
#include <string_view>

#include "server/domain/id_source.hpp"
#include "server/domain/job_queue.hpp"
#include "server/storage/database.hpp"
#include "server/storage/job_bell.hpp"

namespace vigie::telemetry {
class Counter;
class Metrics;
}  // namespace vigie::telemetry

namespace vigie::storage {

/// Who listens here is told the lane of jobs that may run, once their transactions are committed.
inline constexpr std::string_view kJobsChannel = "jobs";

/// Jobs as rows of PostgreSQL (decision 25). Thread-safe.
class PgJobQueue : public domain::JobQueue {
 public:
  static constexpr std::size_t kPayloadBytesMax = std::size_t{64} * 1024;

  PgJobQueue(Database& database, domain::IdSource& ids, telemetry::Metrics& metrics);

  /// kValidationFailed when the payload is longer than kPayloadBytesMax.
  domain::Result<domain::JobId> enqueue(const domain::Context& context,
                                        const domain::NewJob& job) override;

 private:
  domain::Result<domain::JobId> insert(const domain::Context& context, const domain::NewJob& job,
                                       domain::JobId id);
  domain::Result<domain::JobId> insert_unique(const domain::Context& context,
                                              const Parameters& parameters);
  void tell(const domain::Context& context, const domain::NewJob& job);

  Database& database_;
  domain::IdSource& ids_;
  std::map<std::string_view, telemetry::Counter*> enqueued_;  // by kind, a literal of the catalogue
  JobBell bell_;
};

}  // namespace vigie::storage
