#include "server/domain/unit_of_work.hpp"

#include <utility>

namespace vigie::domain {
namespace {

using Work = std::function<Result<void>(const Context&)>;

struct Attempt {
  Result<void> done;
  bool may_repeat = false;
};

Attempt attempt(const Context& context, UnitsOfWork& units, const Work& work, UnitPace pace) {
  auto unit = units.begin(context, pace);
  if (!unit) return {std::move(unit).error()};
  Context joined = context;
  joined.unit_of_work = unit->get();
  Result<void> done = work(joined);
  if (done) done = (*unit)->commit();
  const bool may_repeat = !done && units.may_repeat(**unit);
  return {std::move(done), may_repeat};
}

}  // namespace

Result<void> within_unit(const Context& context, UnitsOfWork& units, const Work& work,
                         UnitPace pace) {
  if (context.unit_of_work != nullptr) return work(context);
  Attempt last = attempt(context, units, work, pace);
  for (int left = kUnitAttemptsMax - 1; left > 0 && last.may_repeat; --left) {
    last = attempt(context, units, work, pace);
  }
  return std::move(last.done);
}

}  // namespace vigie::domain
