#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/domain/account_administration.hpp"
#include "server/domain/accounts.hpp"
#include "server/domain/events.hpp"
#include "server/domain/media_library.hpp"
#include "server/domain/media_uploads.hpp"
#include "server/domain/own_account.hpp"
#include "server/domain/password_resets.hpp"
#include "server/domain/sessions.hpp"
#include "server/http/api.hpp"
#include "server/http/json.hpp"
#include "tests/fakes/captured_telemetry.hpp"
#include "tests/fakes/fake_account_store.hpp"
#include "tests/fakes/fake_blob_store.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_event_store.hpp"
#include "tests/fakes/fake_id_source.hpp"
#include "tests/fakes/fake_idempotency_store.hpp"
#include "tests/fakes/fake_job_queue.hpp"
#include "tests/fakes/fake_media_store.hpp"
#include "tests/fakes/fake_password_reset_store.hpp"
#include "tests/fakes/fake_reset_courier.hpp"
#include "tests/fakes/fake_secrets.hpp"
#include "tests/fakes/fake_session_store.hpp"
#include "tests/fakes/fake_sign_in_allowance_store.hpp"
#include "tests/fakes/fake_units_of_work.hpp"
#include "tests/fakes/recording_observer.hpp"

namespace vigie::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// A request as a client would write it.
struct Call {
  std::string method = "GET";
  std::string target;
  Headers headers;
  std::string body;
  std::string address = "192.0.2.1";
  /// How reading the body ends, when not well.
  std::optional<domain::Code> body_failure;
  /// Seconds after the first call.
  int at_s = 0;
};

/// An answer as a client would see it.
struct Reply {
  int status = 0;
  Headers headers;
  std::string body;
  bool must_close = false;

  /// Empty when there is none.
  std::string header(std::string_view name) const;
  /// The text, number or literal at a pointer of one or two levels, as "/errors/0/pointer"; empty
  /// when there is none.
  std::string at(std::string_view pointer) const;
};

/// The whole API over fakes, called as the network layer calls it.
class ApiUnderTest {
 public:
  explicit ApiUnderTest(ApiOptions options = {});

  /// admit, then handle unless that refused.
  Reply send(const Call& call);
  /// Only admit's answer, if it has one.
  std::optional<Reply> admit(const Call& call);
  Reply refuse(Refusal reason);

  Reply get(std::string target, Headers headers = {});
  SlowThresholds& slow_thresholds() { return api_->slow_thresholds(); }
  /// JSON content.
  Reply post(std::string target, std::string body, Headers headers = {});

  /// Makes an account and gives its Authorization header.
  std::pair<std::string, std::string> sign_in(domain::Role role);
  /// The id of a new draft of the caller.
  std::string draft(const std::pair<std::string, std::string>& caller);

  fakes::CapturedTelemetry telemetry;
  fakes::FakeClock clock;
  fakes::FakeIdSource ids;
  fakes::FakeAccountStore account_store;
  fakes::FakeEventStore event_store;
  fakes::FakeSessionStore session_store{account_store};
  fakes::FakeIdempotencyStore idempotency_store;
  fakes::FakePasswordHasher hasher;
  fakes::FakeTokens tokens;
  fakes::FakeMessageAuthenticator authenticator;
  fakes::RecordingObserver observer;
  domain::TimeZoneSet time_zones{{"Europe/Paris", "UTC"}};
  domain::Accounts accounts{account_store, hasher, clock, ids, observer};
  fakes::FakePasswordResetStore reset_store{account_store};
  fakes::FakeResetCourier reset_courier;
  fakes::FakeOpaqueTokens reset_tokens;
  fakes::FakeJobQueue jobs;
  fakes::FakeUnitsOfWork units;
  domain::AccountLife account_life{
      {account_store, session_store, reset_store, jobs, units, hasher, clock, observer}};
  fakes::FakeSignInAllowanceStore allowance_store;
  domain::SignInGuard sign_in_guard{allowance_store, authenticator, clock, 1'000'000};
  domain::OwnAccount own_account{account_store, sign_in_guard, hasher, account_life};
  domain::AccountAdministration administration{account_life};
  domain::PasswordResets password_resets{
      {account_store, reset_store, reset_courier, reset_tokens, clock, observer}, account_life, {}};
  domain::Sessions sessions{
      {account_store, session_store, sign_in_guard, hasher, tokens, clock, ids, observer}, {}};
  domain::Events events{event_store, clock, ids, observer, time_zones};
  fakes::FakeMediaStore media_store;
  fakes::FakeBlobStore blobs;
  /// Parts so small that a test can have many.
  domain::MediaLimits media_limits{.part_bytes_min = 10, .part_bytes_max = 1'000};
  domain::StorageRoom room{0};
  domain::MediaUploads media_uploads{
      {media_store, event_store, blobs, jobs, units, clock, ids, observer, room, authenticator},
      media_limits};
  domain::MediaLibrary media_library{
      {media_store, event_store, blobs, jobs, units, clock, observer}, media_limits};

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  int account_count_ = 0;
  std::unique_ptr<Api> api_;
};

/// The content of an acceptable event, with `extra` members in front: ,-terminated.
std::string event_content(const std::string& extra = "");

}  // namespace vigie::http
