#include "server/domain/policy.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/domain/samples.hpp"

namespace vigie::domain {
namespace {

constexpr std::uint64_t kOwner = 1;
constexpr std::uint64_t kOther = 2;

/// "yes", or the code of the refusal.
std::string verdict(const Result<void>& result) {
  return result ? "yes" : std::string(name_of(result.error().code));
}

struct Row {
  std::string_view name;
  Principal caller;
  std::string_view create;
  std::string_view see_draft;
  std::string_view change_draft;  // edit, publish, cancel, delete
  std::string_view change_other;  // the same of a published or cancelled event
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class Policy : public testing::TestWithParam<Row> {
 protected:
  static Event event(EventStatus status) {
    return {.owner_id = samples::account_id(kOwner), .status = status};
  }
};

TEST_P(Policy, AllowsWhatTheTableSays) {
  const Row& row = GetParam();
  EXPECT_EQ(verdict(may_create_event(row.caller)), row.create);
  EXPECT_EQ(verdict(may_see(row.caller, event(EventStatus::kDraft))), row.see_draft);
  for (const auto status :
       {EventStatus::kDraft, EventStatus::kPublished, EventStatus::kCancelled}) {
    const bool is_draft = status == EventStatus::kDraft;
    const auto wanted = is_draft ? row.change_draft : row.change_other;
    if (!is_draft) {
      EXPECT_EQ(verdict(may_see(row.caller, event(status))), "yes");
    }
    for (const auto may : {may_edit, may_publish, may_cancel, may_delete}) {
      EXPECT_EQ(verdict(may(row.caller, event(status))), wanted) << name_of(status);
    }
  }
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(RoleByOwnership, Policy, testing::Values(
    //  caller                                                                       create               see draft    change draft         change other
    Row{"anonymous",            samples::anonymous(),                                "not_authenticated", "not_found", "not_authenticated", "not_authenticated"},
    Row{"user",                 samples::caller(kOther, Role::kUser),                "forbidden",         "not_found", "not_found",         "forbidden"},
    Row{"organiser",            samples::caller(kOther, Role::kOrganiser),           "yes",               "not_found", "not_found",         "forbidden"},
    Row{"administrator",        samples::caller(kOther, Role::kAdministrator),       "yes",               "yes",       "yes",               "yes"},
    Row{"user_owner",           samples::caller(kOwner, Role::kUser),                "forbidden",         "yes",       "forbidden",         "forbidden"},
    Row{"organiser_owner",      samples::caller(kOwner, Role::kOrganiser),           "yes",               "yes",       "yes",               "yes"},
    Row{"administrator_owner",  samples::caller(kOwner, Role::kAdministrator),       "yes",               "yes",       "yes",               "yes"},
    // A role without an account is nobody.
    Row{"role_alone",           Principal{.role = Role::kAdministrator},             "not_authenticated", "not_found", "not_authenticated", "not_authenticated"}),
    [](const auto& row) { return std::string(row.param.name); });
// clang-format on

}  // namespace
}  // namespace vigie::domain
