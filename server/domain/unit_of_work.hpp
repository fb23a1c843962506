#pragma once

#include <functional>
#include <memory>

#include "server/domain/context.hpp"
#include "server/domain/result.hpp"
#include "server/domain/stores.hpp"

namespace vigie::domain {

/// Port: begins transactions for use-cases that change more than one thing. Thread-safe.
class UnitsOfWork {
 public:
  virtual ~UnitsOfWork() = default;
  virtual Result<std::unique_ptr<UnitOfWork>> begin(const Context&) = 0;
};

/// Runs `work` in the context's unit of work, which then is its owner's to commit; without one, in
/// a new unit that is committed when `work` succeeds and rolled back when it does not.
Result<void> within_unit(const Context& context, UnitsOfWork& units,
                         const std::function<Result<void>(const Context&)>& work);

}  // namespace vigie::domain
