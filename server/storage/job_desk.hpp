#pragma once

#include <optional>
#include <vector>

#include "server/domain/job_desk.hpp"
#include "server/storage/database.hpp"

namespace vigie::storage {

/// Looks at the queue in PostgreSQL, and changes it on an operator's word. Thread-safe.
class PgJobDesk : public domain::JobDesk {
 public:
  explicit PgJobDesk(Database& database) : database_(database) {}

  domain::Result<std::vector<domain::JobRecord>> list(const domain::Context&,
                                                      const domain::JobFilter&) override;
  domain::Result<std::optional<domain::JobRecord>> find(const domain::Context&,
                                                        domain::JobId) override;
  domain::Result<domain::JobRecord> release(const domain::Context&, domain::JobId) override;
  domain::Result<domain::JobRecord> discard(const domain::Context&, domain::JobId) override;
  domain::Result<std::vector<domain::JobCount>> counts(const domain::Context&) override;

 private:
  domain::Result<domain::JobRecord> change(const domain::Context&, const Query&, domain::JobId);

  Database& database_;
};

}  // namespace vigie::storage
