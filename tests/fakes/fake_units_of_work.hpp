#pragma once

#include <memory>

#include "server/domain/unit_of_work.hpp"
#include "tests/fakes/fake_unit_of_work.hpp"
#include "tests/fakes/fault_switch.hpp"

namespace vigie::fakes {

/// Begins transactions of the fake stores. Thread-safe.
class FakeUnitsOfWork : public domain::UnitsOfWork, public FaultSwitch {
 public:
  domain::Result<std::unique_ptr<domain::UnitOfWork>> begin(
      const domain::Context& context) override {
    if (auto error = fault(context)) return *error;
    return std::unique_ptr<domain::UnitOfWork>(std::make_unique<FakeUnitOfWork>());
  }
};

}  // namespace vigie::fakes
