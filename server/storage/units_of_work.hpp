#pragma once

#include <memory>

#include "server/domain/unit_of_work.hpp"
#include "server/storage/database.hpp"

namespace vigie::storage {

/// Transactions of PostgreSQL. Thread-safe.
class PgUnitsOfWork : public domain::UnitsOfWork {
 public:
  explicit PgUnitsOfWork(Database& database) : database_(database) {}

  domain::Result<std::unique_ptr<domain::UnitOfWork>> begin(const domain::Context&,
                                                            domain::UnitPace pace) override;
  bool may_repeat(const domain::UnitOfWork& failed) const override;

 private:
  Database& database_;
};

}  // namespace vigie::storage
