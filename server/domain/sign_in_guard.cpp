#include "server/domain/sign_in_guard.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "server/domain/account_rules.hpp"
#include "server/domain/caller.hpp"

namespace vigie::domain {
namespace {

/// Within any hour the quota is used at once, and refilled once: half of what may fail is quota.
/// Strangers have three fifths of it.
Allowance share_of(std::int64_t failures_per_hour, std::int64_t fifths) {
  const std::int64_t quota = std::max<std::int64_t>(1, failures_per_hour / 2 * fifths / 5);
  return {.quota = quota, .interval = std::chrono::microseconds(std::chrono::hours(1)) / quota};
}

Error limited() {
  return {.code = Code::kRateLimited,
          .message =
              "Too many attempts to sign in to this account have failed. Wait for "
              "Retry-After seconds, or sign in from where you did before."};
}

}  // namespace

SignInGuard::SignInGuard(SignInAllowanceStore& store, MessageAuthenticator& authenticator,
                         const Clock& clock, std::int64_t failures_per_hour)
    : store_(store),
      authenticator_(authenticator),
      clock_(clock),
      of_strangers_(share_of(failures_per_hour, 3)),
      of_known_(share_of(failures_per_hour, 2)) {}

Result<SignInGuard::Attempt> SignInGuard::begin(const Context& context, std::string_view email,
                                                const std::optional<AccountId>& account) {
  const AccountId asked = account.value_or(AccountId{});
  Attempt attempt{.key = {}, .allowance = of_strangers_, .address = address_key(context, asked)};
  const auto is_known = store_.is_known(context, asked, attempt.address);
  if (!is_known) return is_known.error();
  if (*is_known) attempt.allowance = of_known_;
  const std::string whose = normalised_email(email) + (*is_known ? "\nknown" : "\nstranger");
  attempt.key = {authenticator_.mac("sign-in allowance", whose)};
  const auto until = store_.take(context, attempt.key, clock_.now(), attempt.allowance);
  if (!until) return until.error();
  if (*until) return limited();
  return attempt;
}

Result<void> SignInGuard::succeed(const Context& context, const Attempt& attempt,
                                  AccountId account) {
  if (auto back = store_.give_back(context, attempt.key, attempt.allowance); !back) return back;
  return store_.remember(context, account, attempt.address, clock_.now());
}

void SignInGuard::withdraw(const Context& context, const Attempt& attempt) {
  // What fails here costs its owner an attempt.
  static_cast<void>(store_.give_back(context, attempt.key, attempt.allowance));
}

AllowanceKey SignInGuard::address_key(const Context& context, AccountId account) {
  std::string text(reinterpret_cast<const char*>(account.uuid.bytes.data()),
                   account.uuid.bytes.size());
  text += CallerKey::of_address(context.client_address).bytes();
  return {authenticator_.mac("known address", text)};
}

}  // namespace vigie::domain
