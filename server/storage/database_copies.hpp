#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/domain/backup.hpp"
#include "server/net/waiting.hpp"

namespace vigie::storage {

/// Snapshots and scratch databases of one PostgreSQL, over connections of their own that block a
/// thread of the pool. The account reads every table (pg_read_all_data, or it owns them) and may
/// create databases. Thread-safe.
class PgDatabaseCopies : public domain::DatabaseCopies {
 public:
  PgDatabaseCopies(net::CpuPool& pool, std::string conninfo)
      : pool_(pool), conninfo_(std::move(conninfo)) {}

  domain::Result<std::unique_ptr<domain::DatabaseSnapshot>> take_snapshot(
      const domain::Context&) override;
  domain::Result<std::string> create_scratch(const domain::Context&) override;
  domain::Result<domain::DatabaseContent> examine(const domain::Context&,
                                                  const std::string& scratch) override;
  domain::Result<void> drop_scratch(const domain::Context&, const std::string& scratch) override;
  domain::Result<std::vector<std::string>> environment() const override;

 private:
  net::CpuPool& pool_;
  const std::string conninfo_;
};

}  // namespace vigie::storage
