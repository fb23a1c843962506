#pragma once

#include "server/domain/event.hpp"
#include "server/domain/principal.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

// Who may do what. Pure functions of the caller and the event; nothing else decides permissions.
//
//                     create   see draft   see others   edit, publish, cancel, delete
//   anonymous         401      404         yes          401
//   user              403      404         yes          403 (404 for a draft)
//   user, owner       -        yes         yes          403 (an organiser whose role was taken)
//   organiser         yes      404         yes          403 (404 for a draft)
//   organiser, owner  yes      yes         yes          yes
//   administrator     yes      yes         yes          yes
//
// 401 is kNotAuthenticated, 403 kForbidden, 404 kNotFound: that a draft exists is its owner's
// secret. An anonymous caller is asked to sign in before anything else is said.

Result<void> may_create_event(const Principal& caller);
Result<void> may_see(const Principal& caller, const Event& event);
Result<void> may_edit(const Principal& caller, const Event& event);
Result<void> may_publish(const Principal& caller, const Event& event);
Result<void> may_cancel(const Principal& caller, const Event& event);
Result<void> may_delete(const Principal& caller, const Event& event);

}  // namespace vigie::domain
