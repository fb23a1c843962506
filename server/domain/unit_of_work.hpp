#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "server/domain/context.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

// Stores are the ports to what lasts, and keep one contract. Every call may wait (it runs on a
// fiber) until `context.deadline`, then fails with kDeadlineExceeded; a store that cannot be
// reached fails with kUnavailable. Thread-safe. One contract suite (tests/storage/*_contract.hpp)
// runs against the fakes and against PostgreSQL.

/// A transaction that stores join through Context::unit_of_work. Destroyed without commit: rolled
/// back. Used by one fiber.
class UnitOfWork {
 public:
  virtual ~UnitOfWork() = default;
  /// Undoes what was done since the unit began, and goes on: the refusal of a use-case leaves no
  /// effect.
  virtual Result<void> undo() = 0;
  virtual Result<void> commit() = 0;
};

/// Whether something slow may be waited for in a unit. A unit holds one of few connections: what
/// computes, calls out or starts a process comes before it, and a unit of a quick pace asserts so.
enum class UnitPace : std::uint8_t {
  kQuick,
  kSlow,  // the lock of a content is held while its object is joined or removed (decision 27)
};

/// Port: begins transactions for use-cases that change more than one thing. Thread-safe.
class UnitsOfWork {
 public:
  virtual ~UnitsOfWork() = default;
  virtual Result<std::unique_ptr<UnitOfWork>> begin(const Context&, UnitPace) = 0;
  /// Of one that has failed: it lost against another one, had no effect, and may succeed when it is
  /// begun anew.
  virtual bool may_repeat(const UnitOfWork& /*failed*/) const { return false; }
};

inline constexpr int kUnitAttemptsMax = 3;

/// Runs `work` in the context's unit of work, which then is its owner's to commit; without one, in
/// a new unit that is committed when `work` succeeds and rolled back when it does not. A new unit
/// that loses against others is begun anew, kUnitAttemptsMax times in all: `work` begins afresh at
/// each call.
Result<void> within_unit(const Context& context, UnitsOfWork& units,
                         const std::function<Result<void>(const Context&)>& work,
                         UnitPace pace = UnitPace::kQuick);

}  // namespace vigie::domain
