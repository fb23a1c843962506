#include "server/app/application_stack.hpp"

#include <chrono>
#include <memory>

#include "server/app/admin_port.hpp"
#include "server/app/configuration_json.hpp"
#include "server/app/files.hpp"
#include "server/app/foundation.hpp"
#include "server/app/job_stack.hpp"
#include "server/app/leaving.hpp"
#include "server/app/load_metrics.hpp"
#include "server/app/options.hpp"
#include "server/app/periodic.hpp"
#include "server/app/relayed_job_desk.hpp"
#include "server/auth/argon2_hasher.hpp"
#include "server/auth/hmac_authenticator.hpp"
#include "server/auth/jwt_issuer.hpp"
#include "server/auth/jwt_verifier.hpp"
#include "server/auth/open_session_verifier.hpp"
#include "server/auth/random_tokens.hpp"
#include "server/auth/shared_hasher.hpp"
#include "server/domain/account_administration.hpp"
#include "server/domain/account_life.hpp"
#include "server/domain/accounts.hpp"
#include "server/domain/ended_sessions.hpp"
#include "server/domain/events.hpp"
#include "server/domain/media_uploads.hpp"
#include "server/domain/own_account.hpp"
#include "server/domain/password_resets.hpp"
#include "server/domain/sessions.hpp"
#include "server/http/admin.hpp"
#include "server/http/api.hpp"
#include "server/http/console/traffic_history.hpp"
#include "server/net/cpu_pool.hpp"
#include "telemetry/catalogue/log_events.hpp"

namespace vigie::app {

using namespace telemetry::attributes;
namespace log_events = telemetry::log_events;

/// Later members use earlier ones and are destroyed before them.
struct ApplicationStack::Parts {
  explicit Parts(const Config& settings);

  void start_housekeeping();
  void refresh_ended_sessions();
  void reload_keys();

  Foundation base;
  std::unique_ptr<net::CpuPool> password_pool;
  std::unique_ptr<auth::KeyRing> key_ring;
  auth::JwtIssuer token_issuer;
  auth::JwtVerifier signature_verifier;
  domain::EndedSessions ended_sessions;
  auth::OpenSessionVerifier token_verifier;
  auth::HmacAuthenticator authenticator;
  auth::Argon2Hasher argon2;
  domain::SharePool password_places;
  auth::SharedHasher hasher;
  domain::SignInGuard sign_in_guard;

  domain::TimeZoneSet time_zones;
  auth::RandomTokens reset_tokens;
  domain::NoResetCourier reset_courier;
  domain::Accounts accounts;
  domain::AccountLife account_life;
  domain::OwnAccount own_account;
  domain::AccountAdministration administration;
  domain::PasswordResets password_resets;
  domain::Sessions sessions;
  domain::Events events;
  domain::MediaUploads uploads;

  JobStack jobs;
  RelayedJobDesk job_desk;

  http::Api api;
  http::Admin admin;
  net::Server public_server;
  net::Server admin_server;
};

ApplicationStack::Parts::Parts(const Config& settings)
    : base(settings),
      password_pool(net::make_cpu_pool("password",
                                       static_cast<std::size_t>(settings.password_threads),
                                       static_cast<std::size_t>(settings.password_queue_max))),
      key_ring(open_key_ring(settings)),
      token_issuer(*key_ring, token_settings(settings)),
      signature_verifier(*key_ring, token_settings(settings)),
      ended_sessions(base.session_store,
                     session_lifetimes(settings).access + token_settings(settings).clock_skew_max),
      token_verifier(signature_verifier, ended_sessions),
      authenticator(read_secret(settings)),
      argon2(*password_pool, base.telemetry.metrics(), argon2_cost(settings)),
      password_places("password", password_shares(settings)),
      hasher(argon2, password_places),
      sign_in_guard(base.allowance_store, authenticator, base.clock,
                    settings.login_failures_per_hour_max),
      time_zones(read_time_zones()),
      accounts(base.account_store, hasher, base.clock, base.ids, base.observer),
      account_life({base.account_store, base.session_store, base.reset_store, base.job_queue,
                    base.units_of_work, hasher, base.clock, base.observer}),
      own_account(base.account_store, sign_in_guard, hasher, account_life),
      administration(account_life),
      password_resets({base.account_store, base.reset_store, reset_courier, reset_tokens,
                       base.clock, base.observer},
                      account_life, reset_limits(settings)),
      sessions({base.account_store, base.session_store, sign_in_guard, hasher, token_issuer,
                base.clock, base.ids, base.observer},
               session_lifetimes(settings)),
      events(base.event_store, base.clock, base.ids, base.observer, time_zones),
      uploads({base.media.store(), base.event_store, base.blobs.store(), base.job_queue,
               base.units_of_work, base.clock, base.ids, base.observer, base.room, authenticator},
              media_limits(settings)),
      jobs(base, embedded_lanes(settings)),
      job_desk(base.runtime.loop(0), base.job_desk, base.telemetry.tracer()),
      api({accounts, own_account, administration, password_resets, sessions, events, uploads,
           base.media.library(), time_zones, token_verifier, authenticator, base.idempotency_store,
           base.clock, base.instruments()},
          api_options(settings)),
      admin({base.instruments(),
             [this] { return base.readiness.obstacles(); },
             VIGIE_VERSION,
             VIGIE_REVISION,
             api.slow_thresholds(),
             base.telemetry.recorder(),
             [this] { return configuration_json(base.config); },
             &job_desk,
             operator_access(settings),
             {&api.request_metrics()}}),
      public_server(base.runtime, api, public_server_options(settings)),
      admin_server(base.admin_runtime, admin, admin_server_options(settings)) {
  export_load(base.telemetry.metrics(),
              {public_server, base.runtime, *password_pool, base.blobs.pool(), base.database});
  start_housekeeping();
  base.readiness.started();
}

void ApplicationStack::Parts::start_housekeeping() {
  base.watch([this] {
    jobs.start();
    run_periodically(
        base.runtime.loop(0), base.config.ended_sessions_interval_ms,
        [this] { refresh_ended_sessions(); },
        [this](const char* what) { base.tell_failure(what); });
  });
  run_periodically(
      base.admin_runtime.loop(0), http::console::TrafficHistory::kStep, [this] { admin.look(); },
      [this](const char* what) { base.tell_failure(what); });
  run_periodically(
      base.runtime.loop(0), base.config.keys_reload_interval_ms, [this] { reload_keys(); },
      [this](const char* what) { base.tell_failure(what); });
}

void ApplicationStack::Parts::refresh_ended_sessions() {
  domain::Context context;
  context.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  // What fails, storage has counted and logged; what is known still counts.
  static_cast<void>(ended_sessions.refresh(context, base.clock.now()));
}

void ApplicationStack::Parts::reload_keys() {
  const auto reload = [this] {
    const auto changed = key_ring->reload_if_changed();
    telemetry::Log& log = base.telemetry.log();
    if (!changed) {
      log.write(log_events::kConfigFault, {},
                {{kSettingName, "VIGIE_KEYS_DIR"}, {kDetail, changed.error().detail}});
    } else if (*changed) {
      log.write(log_events::kAuthKeysRotated, {}, {{kReason, "directory changed"}});
    }
  };
  base.blocking_pool->run(reload, std::chrono::steady_clock::now() + std::chrono::seconds(5));
}

ApplicationStack::ApplicationStack(const Config& config)
    : parts_(std::make_unique<Parts>(config)) {}
ApplicationStack::~ApplicationStack() = default;

telemetry::Telemetry& ApplicationStack::telemetry() { return parts_->base.telemetry; }
Readiness& ApplicationStack::readiness() { return parts_->base.readiness; }
JobStack& ApplicationStack::jobs() { return parts_->jobs; }
net::Server& ApplicationStack::public_server() { return parts_->public_server; }
net::Server& ApplicationStack::admin_server() { return parts_->admin_server; }
std::size_t ApplicationStack::reactor_count() const { return parts_->base.runtime.size(); }

void ApplicationStack::stop(std::chrono::steady_clock::time_point since) {
  parts_->base.runtime.stop();
  parts_->base.telemetry.shutdown(flush_time(since));
  leave_within(kLeaveTimeMax);
}

}  // namespace vigie::app
