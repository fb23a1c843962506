#include "server/domain/policy.hpp"

#include <string>
#include <utility>

namespace vigie::domain {
namespace {

Error not_authenticated() {
  return {.code = Code::kNotAuthenticated, .message = "Sign in to do this."};
}

Error forbidden(std::string message) {
  return {.code = Code::kForbidden, .message = std::move(message)};
}

bool is_owner(const Principal& caller, const Event& event) {
  return !caller.is_anonymous() && *caller.account_id == event.owner_id;
}

/// The one rule behind every change of an event that exists.
Result<void> may_change(const Principal& caller, const Event& event) {
  if (caller.is_anonymous()) return not_authenticated();
  if (auto seen = may_see(caller, event); !seen) return seen;
  if (caller.is_administrator()) return {};
  if (is_owner(caller, event) && caller.role == Role::kOrganiser) return {};
  return forbidden("Only the event's organiser or an administrator may do this.");
}

}  // namespace

Result<void> may_create_event(const Principal& caller) {
  if (caller.is_anonymous()) return not_authenticated();
  if (caller.role == Role::kUser) return forbidden("Only organisers may create events.");
  return {};
}

Result<void> may_see(const Principal& caller, const Event& event) {
  const bool is_public = event.status != EventStatus::kDraft;
  if (is_public || is_owner(caller, event) || caller.is_administrator()) return {};
  return Error{.code = Code::kNotFound, .message = "There is no such event."};
}

Result<void> may_edit(const Principal& caller, const Event& event) {
  return may_change(caller, event);
}

Result<void> may_publish(const Principal& caller, const Event& event) {
  return may_change(caller, event);
}

Result<void> may_cancel(const Principal& caller, const Event& event) {
  return may_change(caller, event);
}

Result<void> may_delete(const Principal& caller, const Event& event) {
  return may_change(caller, event);
}

}  // namespace vigie::domain
