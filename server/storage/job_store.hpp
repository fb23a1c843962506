#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "server/domain/job_store.hpp"
#include "server/storage/database.hpp"

namespace vigie::storage {

/// The queue in PostgreSQL: a claim locks rows and passes over those that others have locked (FOR
/// UPDATE SKIP LOCKED), in one round trip (decision 25). Thread-safe.
class PgJobStore : public domain::JobStore {
 public:
  explicit PgJobStore(Database& database) : database_(database) {}

  domain::Result<std::vector<domain::ClaimedJob>> claim(const domain::Context&,
                                                        const domain::JobClaim&) override;
  domain::Result<void> renew(const domain::Context&, std::span<const domain::JobRunKey>) override;
  domain::Result<domain::FinishedRuns> finish(const domain::Context&,
                                              std::span<const domain::JobRunKey>) override;
  domain::Result<void> retry(const domain::Context&, const domain::JobRunKey&,
                             std::chrono::milliseconds pause, const domain::JobFailure&) override;
  domain::Result<void> fail(const domain::Context&, const domain::JobRunKey&,
                            const domain::JobFailure&) override;
  domain::Result<void> give_back(const domain::Context&,
                                 std::span<const domain::JobRunKey>) override;
  domain::Result<std::size_t> promote(const domain::Context&, std::size_t limit) override;
  domain::Result<std::vector<domain::LostJob>> recover(const domain::Context&,
                                                       std::size_t limit) override;

 private:
  domain::Result<void> end(const domain::Context&, const Query&, const Parameters&);

  Database& database_;
};

}  // namespace vigie::storage
