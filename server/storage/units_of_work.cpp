#include "server/storage/units_of_work.hpp"

#include <memory>
#include <utility>

#include "server/storage/sql/transaction.hpp"
#include "server/storage/transaction.hpp"

namespace vigie::storage {

domain::Result<std::unique_ptr<domain::UnitOfWork>> PgUnitsOfWork::begin(
    const domain::Context& context, domain::UnitPace pace) {
  auto begun = database_.begin(context, sql::transaction::kBegin);
  if (!begun) return std::move(begun).error();
  if (pace == domain::UnitPace::kSlow) begun->transaction->allow_slow_waits();
  return std::unique_ptr<domain::UnitOfWork>(std::move(begun->transaction));
}

bool PgUnitsOfWork::may_repeat(const domain::UnitOfWork& failed) const {
  const auto* const transaction = dynamic_cast<const Transaction*>(&failed);
  return transaction != nullptr && transaction->is_victim();
}

}  // namespace vigie::storage
