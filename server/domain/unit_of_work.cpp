#include "server/domain/unit_of_work.hpp"

namespace vigie::domain {

Result<void> within_unit(const Context& context, UnitsOfWork& units,
                         const std::function<Result<void>(const Context&)>& work, UnitPace pace) {
  if (context.unit_of_work != nullptr) return work(context);
  auto unit = units.begin(context, pace);
  if (!unit) return std::move(unit).error();
  Context joined = context;
  joined.unit_of_work = unit->get();
  if (auto done = work(joined); !done) return done;
  return (*unit)->commit();
}

}  // namespace vigie::domain
