#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "server/domain/account_change.hpp"
#include "server/domain/event.hpp"
#include "server/domain/job.hpp"
#include "server/domain/job_desk.hpp"
#include "server/domain/media.hpp"
#include "server/domain/principal.hpp"

namespace vigie::domain {
namespace {

template <typename Enum, std::size_t kCount>
std::optional<Enum> parse(const std::array<std::string_view, kCount>& names,
                          std::string_view text) {
  const auto* const found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::optional<Role> parse_role(std::string_view text) { return parse<Role>(kRoleNames, text); }

std::optional<AccountChange> parse_account_change(std::string_view text) {
  return parse<AccountChange>(kAccountChangeNames, text);
}

std::optional<EventStatus> parse_event_status(std::string_view text) {
  return parse<EventStatus>(kEventStatusNames, text);
}

std::optional<MediaState> parse_media_state(std::string_view text) {
  return parse<MediaState>(kMediaStateNames, text);
}

std::optional<JobState> parse_job_state(std::string_view text) {
  return parse<JobState>(kJobStateNames, text);
}

std::optional<JobLane> parse_job_lane(std::string_view text) {
  return parse<JobLane>(kJobLaneNames, text);
}

}  // namespace vigie::domain
