#include "server/domain/media_policy.hpp"

#include "server/domain/policy.hpp"

namespace vigie::domain {

bool is_keeper(const Principal& caller, const Media& media) noexcept {
  if (caller.is_anonymous()) return false;
  return caller.is_administrator() || *caller.account_id == media.owner_id;
}

Result<void> may_upload(const Principal& caller, const std::optional<Event>& event) {
  if (caller.is_anonymous()) {
    return Error{.code = Code::kNotAuthenticated, .message = "Sign in to do this."};
  }
  return event ? may_edit(caller, *event) : Result<void>{};
}

Result<void> may_see(const Principal& caller, const Media& media,
                     const std::optional<Event>& event) {
  if (is_keeper(caller, media)) return {};
  const bool is_shown =
      media.state != MediaState::kUploading && media.state != MediaState::kDeleted;
  if (is_shown && event && may_see(caller, *event)) return {};
  return Error{.code = Code::kNotFound, .message = "There is no such media."};
}

Result<void> may_change(const Principal& caller, const Media& media,
                        const std::optional<Event>& event) {
  if (caller.is_anonymous()) {
    return Error{.code = Code::kNotAuthenticated, .message = "Sign in to do this."};
  }
  if (auto seen = may_see(caller, media, event); !seen) return seen;
  if (is_keeper(caller, media)) return {};
  return Error{.code = Code::kForbidden,
               .message = "Only who has uploaded it or an administrator may do this."};
}

}  // namespace vigie::domain
