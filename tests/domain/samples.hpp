#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "server/domain/accounts.hpp"
#include "server/domain/event.hpp"
#include "server/domain/rfc3339.hpp"
#include "server/domain/time_zone_set.hpp"
#include "tests/fakes/fake_id_source.hpp"

namespace vigie::samples {

inline domain::Timestamp instant(std::string_view rfc3339) {
  return domain::parse_rfc3339(rfc3339).value();
}

inline domain::AccountId account_id(std::uint64_t n) { return {fakes::FakeIdSource::nth(n)}; }
inline domain::EventId event_id(std::uint64_t n) { return {fakes::FakeIdSource::nth(n)}; }

inline domain::Principal anonymous() { return {}; }
inline domain::Principal caller(std::uint64_t n, domain::Role role) {
  return {.account_id = account_id(n), .role = role};
}
inline domain::Principal organiser(std::uint64_t n) { return caller(n, domain::Role::kOrganiser); }

inline const domain::TimeZoneSet& time_zones() {
  static const domain::TimeZoneSet kZones({"Europe/Paris", "Europe/Berlin", "UTC"});
  return kZones;
}

inline domain::EventDraft draft() {
  return {.title = "Nuit de la mer",
          .description = "Concerts on the quay.\nBring a coat.",
          .category = "music",
          .tags = {"jazz", "open air"},
          .venue = domain::Venue{"Quai 9", "9 quai du Port, Lorient", 47.74, -3.35},
          .starts_at = instant("2030-06-21T18:00:00Z"),
          .ends_at = instant("2030-06-21T23:00:00Z"),
          .time_zone = "Europe/Paris",
          .capacity = 500,
          .price = {1500, "EUR"}};
}

inline domain::NewAccount new_account() {
  return {.email = "ana@example.org", .display_name = "Ana", .password = "correct horse battery"};
}

/// The pointers of the faults, in order.
inline std::vector<std::string> pointers(const std::vector<domain::FieldFault>& faults) {
  std::vector<std::string> names;
  for (const auto& fault : faults) names.push_back(fault.pointer);
  return names;
}

/// Of use-cases that are called by somebody.
class UseCaseTest : public testing::Test {
 protected:
  static domain::Context as(const domain::Principal& principal) {
    domain::Context context;
    context.principal = principal;
    return context;
  }
  static domain::Code code_of(const auto& result) {
    return result.ok() ? domain::Code::kInternal : result.error().code;
  }
};

}  // namespace vigie::samples
