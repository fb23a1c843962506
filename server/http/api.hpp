#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "server/domain/account_administration.hpp"
#include "server/domain/accounts.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/events.hpp"
#include "server/domain/idempotency.hpp"
#include "server/domain/media_library.hpp"
#include "server/domain/media_uploads.hpp"
#include "server/domain/own_account.hpp"
#include "server/domain/password_resets.hpp"
#include "server/domain/secrets.hpp"
#include "server/domain/sessions.hpp"
#include "server/domain/time_zone_set.hpp"
#include "server/http/application.hpp"
#include "server/http/content_delivery.hpp"
#include "server/http/instruments.hpp"
#include "server/http/request_metrics.hpp"
#include "server/http/slow_thresholds.hpp"
#include "server/http/trusted_proxies.hpp"

namespace vigie::http {

/// What the API is made of. All of it outlives the API.
struct ApiDependencies {
  domain::Accounts& accounts;
  domain::OwnAccount& own_account;
  domain::AccountAdministration& administration;
  domain::PasswordResets& password_resets;
  domain::Sessions& sessions;
  domain::Events& events;
  domain::MediaUploads& media_uploads;
  domain::MediaLibrary& media_library;
  const domain::TimeZoneSet& time_zones;
  domain::TokenVerifier& tokens;
  domain::MessageAuthenticator& authenticator;
  domain::IdempotencyStore& idempotency;
  const domain::Clock& clock;
  Instruments instruments;
};

struct ApiOptions {
  /// Of an account; 0: no limit.
  std::int64_t requests_per_second = 100;
  std::int64_t requests_burst = 200;
  /// Of an address, over all accounts and the anonymous; 0: as of an account.
  std::int64_t requests_per_address_per_second = 0;
  std::int64_t requests_per_address_burst = 0;
  /// Of one account from one address; 0: no limit.
  std::int64_t sign_ins_per_minute = 10;
  /// Of all accounts from one address; 0: no limit.
  std::int64_t sign_ins_per_address_per_minute = 100;
  /// From one address; 0: no limit.
  std::int64_t registrations_per_address_per_minute = 30;
  std::chrono::milliseconds idempotency_lifetime = std::chrono::hours{24};
  /// Of an account, and of an address; 0: no limit.
  std::int64_t idempotency_answers_per_caller_max = 20'000;
  /// Of any route that takes JSON; its own limits may be lower.
  std::uint64_t body_bytes_max = 131'072;
  /// Of a route that takes bytes.
  std::uint64_t part_bytes_max = std::uint64_t{64} << 20;
  /// Slowest arrival of a body that is tolerated, bytes a second: what is read at this rate still
  /// comes in time.
  std::uint64_t body_rate_min = 1'024;
  /// Longest arrival of a content of bytes, whatever its rate.
  std::chrono::milliseconds body_time_max = std::chrono::minutes{30};
  ContentDelivery delivery;
  std::chrono::milliseconds request_deadline{10'000};
  TrustedProxies trusted_proxies;
  /// Whose traceparent decides whether a trace is kept.
  AddressRanges tracing_callers;
};

/// The public API: routes, and the pipeline around their handlers.
class Api : public Application {
 public:
  Api(const ApiDependencies& dependencies, const ApiOptions& options);
  ~Api() override;

  Admission admit(const Request& request) noexcept override;
  Response handle(Request& request) noexcept override;
  Response refuse(Refusal reason, const Request* request) noexcept override;

  /// Of its routes, to be changed at run time.
  SlowThresholds& slow_thresholds() noexcept;

  const RequestMetrics& request_metrics() const noexcept;

 private:
  class Pipeline;
  std::unique_ptr<Pipeline> pipeline_;
};

}  // namespace vigie::http
