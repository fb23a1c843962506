#pragma once

#include <span>
#include <string>
#include <vector>

#include "server/domain/task_store.hpp"
#include "server/storage/database.hpp"

namespace vigie::storage {

/// Scheduled tasks in PostgreSQL. PgJobStore::finish notes their success. Thread-safe.
class PgTaskStore : public domain::TaskStore {
 public:
  explicit PgTaskStore(Database& database) : database_(database) {}

  domain::Result<std::vector<std::string>> take_due(const domain::Context&,
                                                    std::span<const domain::TaskInterval>) override;
  domain::Result<std::vector<domain::TaskSuccess>> last_successes(const domain::Context&) override;

 private:
  Database& database_;
};

}  // namespace vigie::storage
