#include "server/domain/account_life.hpp"

#include <string>
#include <utility>

#include "server/domain/account_rules.hpp"
#include "server/domain/field_faults.hpp"
#include "server/domain/job_payload.hpp"

namespace vigie::domain {

Result<void> AccountLife::set_password(const Context& context, const Account& account,
                                       std::string_view password, std::string_view pointer,
                                       const PasswordChange& how) {
  if (auto faults = faults_of_password(password, account, pointer); !faults.empty()) {
    return validation_error(std::move(faults));
  }
  const auto hash = ports_.hasher.hash(context, password);
  if (!hash) return hash.error();
  return commit(context, account.id, how.change, [&](const Context& joined) -> Result<bool> {
    // The account first: whoever begins a session with the former password waits, and is refused.
    auto done = ports_.accounts.set_password_hash(joined, account.id, *hash);
    if (done && how.reset) done = ports_.resets.use(joined, *how.reset, ports_.clock.now());
    if (done) done = ports_.resets.forget_all(joined, account.id);
    if (done) {
      done = ports_.sessions.revoke_all(joined, account.id, ports_.clock.now(), how.keep);
    }
    if (!done) return std::move(done).error();
    return true;
  });
}

Result<void> AccountLife::end_sessions(const Context& context, AccountId id) {
  return commit(context, id, AccountChange::kSessionsEnded,
                [&](const Context& joined) -> Result<bool> {
                  const auto account = ports_.accounts.find(joined, id);
                  if (!account) return account.error();
                  if (!*account) return account_not_found();
                  auto done = ports_.sessions.revoke_all(joined, id, ports_.clock.now(), {});
                  if (!done) return std::move(done).error();
                  return true;
                });
}

Result<void> AccountLife::disable(const Context& context, AccountId id) {
  return commit(context, id, AccountChange::kDisabled, [&](const Context& joined) -> Result<bool> {
    auto changed = ports_.accounts.disable(joined, id, ports_.clock.now());
    if (!changed || !*changed) return changed;
    auto ended = ports_.sessions.revoke_all(joined, id, ports_.clock.now(), {});
    if (!ended) return std::move(ended).error();
    return true;
  });
}

Result<void> AccountLife::enable(const Context& context, AccountId id) {
  return commit(context, id, AccountChange::kEnabled,
                [&](const Context& joined) { return ports_.accounts.enable(joined, id); });
}

Result<void> AccountLife::erase(const Context& context, AccountId id) {
  return commit(context, id, AccountChange::kErased, [&](const Context& joined) -> Result<bool> {
    const Timestamp now = ports_.clock.now();
    auto done = ports_.accounts.erase(joined, id, now);
    if (done) done = ports_.sessions.revoke_all(joined, id, now, {});
    if (done) done = ports_.resets.forget_all(joined, id);
    if (!done) return std::move(done).error();
    const std::string text = id.to_string();
    const auto job =
        ports_.jobs.enqueue(joined, {.kind = "account.erase",
                                     .lane = JobLane::kLow,
                                     .payload = PayloadWriter().text("account_id", text).take(),
                                     .unique_key = "account.erase:" + text});
    if (!job) return job.error();
    return true;
  });
}

/// Runs `effect`, which says whether anything changed, in one commit with its record.
Result<void> AccountLife::commit(const Context& context, AccountId id, AccountChange change,
                                 const std::function<Result<bool>(const Context&)>& effect) {
  bool has_changed = false;
  auto done = within_unit(context, ports_.units, [&](const Context& joined) -> Result<void> {
    const auto changed = effect(joined);
    if (!changed) return changed.error();
    has_changed = *changed;
    return has_changed ? record(joined, id, change) : Result<void>{};
  });
  if (done && has_changed) ports_.observer.account_changed(context, change, id);
  return done;
}

Result<void> AccountLife::record(const Context& context, AccountId id, AccountChange change) {
  return ports_.accounts.record(context, {.account_id = id,
                                          .changed_at = ports_.clock.now(),
                                          .change = change,
                                          .actor_id = context.principal.account_id,
                                          .correlation_id = std::string(context.correlation_id)});
}

}  // namespace vigie::domain
