#pragma once

#include <memory>
#include <utility>

#include "server/domain/unit_of_work.hpp"
#include "tests/fakes/fake_unit_of_work.hpp"
#include "tests/fakes/fault_switch.hpp"

namespace vigie::fakes {

/// Begins transactions of the fake stores; a test can let a commit fail after everything in it was
/// done.
class FakeUnitsOfWork : public domain::UnitsOfWork, public FaultSwitch {
 public:
  domain::Result<std::unique_ptr<domain::UnitOfWork>> begin(const domain::Context& context,
                                                            domain::UnitPace /*pace*/) override {
    if (auto error = fault(context)) return *error;
    return std::unique_ptr<domain::UnitOfWork>(std::make_unique<Unit>(*this));
  }
  /// Whatever fails has lost against another one.
  void let_all_be_repeated() { may_repeat_ = true; }
  bool may_repeat(const domain::UnitOfWork&) const override { return may_repeat_; }
  /// The next commit fails, and what belongs to it is undone.
  void fail_next_commit() { must_fail_ = true; }

 private:
  class Unit : public FakeUnitOfWork {
   public:
    explicit Unit(FakeUnitsOfWork& units) : units_(units) {}
    domain::Result<void> commit() override {
      if (!std::exchange(units_.must_fail_, false)) return FakeUnitOfWork::commit();
      return domain::Error{.code = domain::Code::kUnavailable, .message = "The commit failed."};
    }

   private:
    FakeUnitsOfWork& units_;
  };

  bool must_fail_ = false;
  bool may_repeat_ = false;
};

}  // namespace vigie::fakes
