#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "server/domain/unit_of_work.hpp"

namespace vigie::fakes {

/// A transaction of the fake stores: they hand it what undoes each of their writes. Writes are
/// visible to others at once; the contract asks for undoing, not for isolation.
class FakeUnitOfWork : public domain::UnitOfWork {
 public:
  FakeUnitOfWork() = default;
  FakeUnitOfWork(const FakeUnitOfWork&) = delete;
  FakeUnitOfWork& operator=(const FakeUnitOfWork&) = delete;
  ~FakeUnitOfWork() override { roll_back(); }

  /// Called by fake stores: `undo` takes back one write.
  void record(std::function<void()> undo) { undos_.push_back(std::move(undo)); }

  domain::Result<void> undo() override {
    roll_back();
    return {};
  }
  domain::Result<void> commit() override {
    undos_.clear();
    return {};
  }

 private:
  void roll_back() {
    for (; !undos_.empty(); undos_.pop_back()) undos_.back()();
  }

  std::vector<std::function<void()>> undos_;
};

/// Records `undo` with the context's unit of work, if it has one.
inline void record_undo(const domain::Context& context, std::function<void()> undo) {
  auto* unit = dynamic_cast<FakeUnitOfWork*>(context.unit_of_work);
  if (unit != nullptr) unit->record(std::move(undo));
}

}  // namespace vigie::fakes
