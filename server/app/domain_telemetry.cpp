#include "server/app/domain_telemetry.hpp"

#include <string>
#include <string_view>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"

namespace vigie::app {

namespace attributes = telemetry::attributes;
namespace metrics = telemetry::metrics;
namespace log_events = telemetry::log_events;

static_assert(metrics::kEventChangeValues.size() ==
              static_cast<std::size_t>(domain::EventChange::kDeleted) + 1);
static_assert(metrics::kAuthOutcomes.size() ==
              static_cast<std::size_t>(domain::SignInOutcome::kRepeated) + 1);

DomainTelemetry::DomainTelemetry(telemetry::Telemetry& telemetry)
    : log_(telemetry.log()),
      media_(telemetry),
      event_changes_{},
      accounts_created_(telemetry.metrics().counter(metrics::kAccountsCreated)),
      account_changes_{},
      sign_ins_{} {
  static_assert(metrics::kAccountChangeValues == domain::kAccountChangeNames);
  for (std::size_t change = 0; change < account_changes_.size(); ++change) {
    account_changes_[change] = &telemetry.metrics().counter(
        metrics::kAccountChanges, {metrics::kAccountChangeValues[change]});
  }
  for (std::size_t change = 0; change < event_changes_.size(); ++change) {
    event_changes_[change] =
        &telemetry.metrics().counter(metrics::kEventChanges, {metrics::kEventChangeValues[change]});
  }
  for (std::size_t method = 0; method < sign_ins_.size(); ++method) {
    for (std::size_t outcome = 0; outcome < kOutcomes; ++outcome) {
      sign_ins_[method][outcome] = &telemetry.metrics().counter(
          metrics::kAuthAttempts, {metrics::kAuthMethods[method], metrics::kAuthOutcomes[outcome]});
    }
  }
}

void DomainTelemetry::event_changed(const domain::Context&, domain::EventChange change,
                                    const domain::Event&) noexcept {
  event_changes_[static_cast<std::size_t>(change)]->add();
}

void DomainTelemetry::account_created(const domain::Context&, const domain::Account&) noexcept {
  accounts_created_.add();
}

void DomainTelemetry::account_changed(const domain::Context& context, domain::AccountChange change,
                                      domain::AccountId id) noexcept {
  account_changes_[static_cast<std::size_t>(change)]->add();
  const auto& actor = context.principal.account_id;
  log_.write(log_events::kAccountChanged,
             telemetry::context_of(context.trace, context.correlation_id),
             {{attributes::kAccountId, id.to_string()},
              {attributes::kAccountChange, domain::name_of(change)},
              {attributes::kUserId, actor ? actor->to_string() : std::string()},
              {attributes::kClientAddress, context.client_address}});
}

void DomainTelemetry::sign_in(const domain::Context& context, domain::SignIn method,
                              domain::SignInOutcome outcome) noexcept {
  sign_ins_[static_cast<std::size_t>(method)][static_cast<std::size_t>(outcome)]->add();
  const auto log_context = telemetry::context_of(context.trace, context.correlation_id);
  const telemetry::Field client{attributes::kClientAddress, context.client_address};
  if (outcome == domain::SignInOutcome::kReused) {
    const auto& account = context.principal.account_id;
    log_.write(log_events::kAuthReuseDetected, log_context,
               {{attributes::kUserId, account ? account->to_string() : std::string()}, client});
  } else if (outcome == domain::SignInOutcome::kInvalid) {
    const std::string_view name = metrics::kAuthMethods[static_cast<std::size_t>(method)];
    log_.write(log_events::kAuthFailed, log_context, {{attributes::kReason, name}, client});
  }
}

}  // namespace vigie::app
