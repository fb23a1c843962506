#pragma once

#include <random>
#include <span>

#include "server/domain/uuid_v7.hpp"
#include "tests/fakes/fake_clock.hpp"

namespace vigie::storage::testing {

/// Ids that no other test makes: the database outlives a test. Thread-safe.
class RandomIds : public domain::IdSource {
 public:
  domain::Uuid next() override { return source_.next(); }

 private:
  static void fill(std::span<std::uint8_t> bytes) {
    thread_local std::mt19937_64 random{std::random_device{}()};
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  }

  fakes::FakeClock clock_;
  domain::UuidV7Source source_{clock_, fill};
};

}  // namespace vigie::storage::testing
