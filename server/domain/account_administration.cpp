#include "server/domain/account_administration.hpp"

namespace vigie::domain {

Result<void> AccountAdministration::disable(const Context& context, AccountId id) {
  if (auto allowed = may_administer(context.principal, id); !allowed) return allowed;
  return life_.disable(context, id);
}

Result<void> AccountAdministration::enable(const Context& context, AccountId id) {
  if (auto allowed = may_administer(context.principal, id); !allowed) return allowed;
  return life_.enable(context, id);
}

Result<void> AccountAdministration::end_sessions(const Context& context, AccountId id) {
  if (auto allowed = may_administer(context.principal, id); !allowed) return allowed;
  return life_.end_sessions(context, id);
}

Result<void> may_administer(const Principal& caller, AccountId id) {
  if (caller.is_anonymous()) {
    return Error{.code = Code::kNotAuthenticated, .message = "Sign in to do this."};
  }
  if (!caller.is_administrator()) {
    return Error{.code = Code::kForbidden, .message = "Only administrators may do this."};
  }
  if (*caller.account_id == id) {
    return Error{.code = Code::kForbidden,
                 .message = "An administrator does this to other accounts, not to the own one."};
  }
  return {};
}

}  // namespace vigie::domain
