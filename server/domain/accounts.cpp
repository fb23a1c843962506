#include "server/domain/accounts.hpp"

#include <utility>

#include "server/domain/account_rules.hpp"
#include "server/domain/field_faults.hpp"

namespace vigie::domain {

Accounts::Accounts(AccountStore& store, PasswordHasher& hasher, const Clock& clock, IdSource& ids,
                   Observer& observer)
    : store_(store), hasher_(hasher), clock_(clock), ids_(ids), observer_(observer) {}

Result<Account> Accounts::create(const Context& context, const NewAccount& wanted, Role role) {
  auto prepared = prepare(context, wanted, role);
  if (!prepared) return prepared;
  return open(context, *std::move(prepared));
}

Result<Account> Accounts::prepare(const Context& context, const NewAccount& wanted, Role role) {
  if (auto faults = faults_of(wanted); !faults.empty()) return validation_error(std::move(faults));
  auto hash = hasher_.hash(context, wanted.password);
  if (!hash) return std::move(hash).error();
  return Account{.id = {ids_.next()},
                 .email = normalised_email(wanted.email),
                 .display_name = wanted.display_name,
                 .role = role,
                 .password_hash = *std::move(hash),
                 .created_at = clock_.now()};
}

Result<Account> Accounts::open(const Context& context, Account account) {
  // Whether the e-mail is free is asked of nobody before: the store's answer is the only one that
  // holds when two register at once.
  if (auto inserted = store_.insert(context, account); !inserted) {
    return std::move(inserted).error();
  }
  observer_.account_created(context, account);
  return account;
}

Result<Account> Accounts::me(const Context& context) {
  const Error unknown{.code = Code::kNotAuthenticated, .message = "Sign in to do this."};
  if (context.principal.is_anonymous()) return unknown;
  auto found = store_.find(context, *context.principal.account_id);
  if (!found) return std::move(found).error();
  if (!found->has_value()) return unknown;
  return **std::move(found);
}

}  // namespace vigie::domain
