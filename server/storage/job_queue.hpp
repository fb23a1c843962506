#pragma once

#include <string_view>

#include "server/domain/id_source.hpp"
#include "server/domain/job_queue.hpp"
#include "server/storage/database.hpp"

namespace vigie::storage {

/// Who listens here is told the lane of each job that may run, when its transaction commits.
inline constexpr std::string_view kJobsChannel = "jobs";

/// Jobs as rows of PostgreSQL (decision 25). Thread-safe.
class PgJobQueue : public domain::JobQueue {
 public:
  static constexpr std::size_t kPayloadBytesMax = std::size_t{64} * 1024;

  PgJobQueue(Database& database, domain::IdSource& ids) : database_(database), ids_(ids) {}

  /// kValidationFailed when the payload is longer than kPayloadBytesMax.
  domain::Result<domain::JobId> enqueue(const domain::Context& context,
                                        const domain::NewJob& job) override;

 private:
  domain::Result<domain::JobId> enqueue_unique(const domain::Context& context,
                                               const Parameters& parameters);

  Database& database_;
  domain::IdSource& ids_;
};

}  // namespace vigie::storage
