#pragma once

#include <memory>
#include <string>
#include <utility>

#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {

/// Whether a job is there is seen by its unique key: a second one gets the id of the first.
template <typename World>
class JobQueueContract : public StoreContract<World> {
 protected:
  domain::Result<domain::JobId> enqueue(const domain::Context& context, const std::string& key) {
    return this->world.jobs().enqueue(
        context, {.kind = "test.contract", .payload = R"({"é":1})", .unique_key = key});
  }
  domain::JobId enqueued(const std::string& key) {
    const auto id = enqueue(this->context(), key);
    VIGIE_EXPECT_OK(id);
    return id ? *id : domain::JobId{};
  }
  std::unique_ptr<domain::UnitOfWork> begun() {
    auto unit = this->world.units().begin(this->context(), domain::UnitPace::kQuick);
    VIGIE_EXPECT_OK(unit);
    return unit ? *std::move(unit) : nullptr;
  }
};
TYPED_TEST_SUITE(JobQueueContract, Worlds);

TYPED_TEST(JobQueueContract, KeepsOneJobForAUniqueKey) {
  this->world.run([this] {
    const std::string key = this->unique("k");
    const domain::JobId first = this->enqueued(key);
    EXPECT_EQ(this->enqueued(key), first);
    EXPECT_NE(this->enqueued(this->unique("k")), first);
  });
}

TYPED_TEST(JobQueueContract, TakesAnyNumberOfJobsWithoutAKey) {
  this->world.run([this] { EXPECT_NE(this->enqueued(""), this->enqueued("")); });
}

TYPED_TEST(JobQueueContract, KeepsAJobWhoseUnitIsCommitted) {
  this->world.run([this] {
    const std::string key = this->unique("k");
    auto unit = this->begun();
    domain::Context inside = this->context();
    inside.unit_of_work = unit.get();
    const auto id = this->enqueue(inside, key);
    VIGIE_EXPECT_OK(id);
    VIGIE_EXPECT_OK(unit->commit());
    unit.reset();
    EXPECT_EQ(this->enqueued(key), *id);
  });
}

TYPED_TEST(JobQueueContract, ForgetsAJobWhoseUnitIsDropped) {
  this->world.run([this] {
    const std::string key = this->unique("k");
    auto unit = this->begun();
    domain::Context inside = this->context();
    inside.unit_of_work = unit.get();
    const auto id = this->enqueue(inside, key);
    VIGIE_EXPECT_OK(id);
    unit.reset();
    EXPECT_NE(this->enqueued(key), *id);
  });
}

TYPED_TEST(JobQueueContract, CommitsTheJobWithItsCause) {
  this->world.run([this] {
    const std::string key = this->unique("k");
    const domain::Account account = this->new_account();
    std::optional<domain::JobId> id;
    const auto done = domain::within_unit(this->context(), this->world.units(),
                                          [&](const domain::Context& inside) {
                                            const auto enqueued = this->enqueue(inside, key);
                                            if (!enqueued)
                                              return domain::Result<void>(enqueued.error());
                                            id = *enqueued;
                                            return this->world.accounts().insert(inside, account);
                                          });
    VIGIE_EXPECT_OK(done);
    EXPECT_EQ(this->enqueued(key), *id);
    const auto found = this->world.accounts().find(this->context(), account.id);
    EXPECT_TRUE(found && found->has_value());
  });
}

TYPED_TEST(JobQueueContract, UndoesTheJobWhenItsCauseIsRefused) {
  this->world.run([this] {
    const std::string key = this->unique("k");
    const domain::Account account = this->new_account();
    VIGIE_EXPECT_OK(this->world.accounts().insert(this->context(), account));
    domain::Account twin = account;
    twin.id = {this->new_id()};
    std::optional<domain::JobId> id;
    const auto done = domain::within_unit(this->context(), this->world.units(),
                                          [&](const domain::Context& inside) {
                                            const auto enqueued = this->enqueue(inside, key);
                                            if (!enqueued)
                                              return domain::Result<void>(enqueued.error());
                                            id = *enqueued;
                                            return this->world.accounts().insert(inside, twin);
                                          });
    EXPECT_EQ(code_of(done), "email_taken");
    EXPECT_NE(this->enqueued(key), *id);
  });
}

TYPED_TEST(JobQueueContract, FailsAfterTheDeadline) {
  this->world.run(
      [this] { EXPECT_EQ(code_of(this->enqueue(this->expired(), "")), "deadline_exceeded"); });
}

}  // namespace vigie::storage::testing
