#pragma once

#include <string>

#include "server/domain/account_administration.hpp"
#include "server/domain/accounts.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/events.hpp"
#include "server/domain/media_library.hpp"
#include "server/domain/media_uploads.hpp"
#include "server/domain/own_account.hpp"
#include "server/domain/password_resets.hpp"
#include "server/domain/secrets.hpp"
#include "server/domain/sessions.hpp"
#include "server/domain/time_zone_set.hpp"
#include "server/http/content_delivery.hpp"
#include "server/http/event_cursor.hpp"
#include "server/http/exchange.hpp"
#include "server/http/limited.hpp"
#include "server/http/media_cursor.hpp"

namespace vigie::http {

/// A text that is the same for the life of the process, with its entity tag.
struct Document {
  std::string text;
  std::string entity_tag;

  static Document of(std::string text);
};

/// What handlers work with.
struct Resources {
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
  const domain::Clock& clock;
  EventCursor cursor;
  MediaCursor media_cursor;
  ContentDelivery delivery;
  SignInLimit sign_in_limit;
  RegistrationLimit registration_limit;
  Document openapi;
  Document docs;
};

/// Handlers: decode, one use-case, encode. They hold no telemetry and no SQL, and know statuses of
/// success only.
using Answer = domain::Result<Response>;
using Handler = Answer (*)(Resources& resources, Exchange& exchange);
/// The first phase of a route whose handler would else do something slow in the unit of work of an
/// Idempotency-Key: it has no effect, and leaves what it made in Exchange::prepared.
using Preparation = domain::Result<void> (*)(Resources& resources, Exchange& exchange);

/// After this time there is another attempt for sure.
void tell_when_to_try_again(Exchange& exchange, const domain::Error& error);

domain::Result<void> prepare_registration(Resources& resources, Exchange& exchange);
Answer register_account(Resources& resources, Exchange& exchange);
Answer show_own_account(Resources& resources, Exchange& exchange);
Answer change_password(Resources& resources, Exchange& exchange);
Answer end_sessions(Resources& resources, Exchange& exchange);
Answer delete_account(Resources& resources, Exchange& exchange);
Answer disable_account(Resources& resources, Exchange& exchange);
Answer enable_account(Resources& resources, Exchange& exchange);
Answer end_sessions_of(Resources& resources, Exchange& exchange);
Answer request_password_reset(Resources& resources, Exchange& exchange);
Answer complete_password_reset(Resources& resources, Exchange& exchange);

Answer log_in(Resources& resources, Exchange& exchange);
Answer refresh_session(Resources& resources, Exchange& exchange);
Answer log_out(Resources& resources, Exchange& exchange);

Answer create_event(Resources& resources, Exchange& exchange);
Answer list_events(Resources& resources, Exchange& exchange);
Answer show_event(Resources& resources, Exchange& exchange);
Answer update_event(Resources& resources, Exchange& exchange);
Answer delete_event(Resources& resources, Exchange& exchange);
Answer publish_event(Resources& resources, Exchange& exchange);
Answer cancel_event(Resources& resources, Exchange& exchange);

Answer create_media(Resources& resources, Exchange& exchange);
Answer list_media(Resources& resources, Exchange& exchange);
Answer show_media(Resources& resources, Exchange& exchange);
Answer delete_media(Resources& resources, Exchange& exchange);
Answer restore_media(Resources& resources, Exchange& exchange);
Answer list_parts(Resources& resources, Exchange& exchange);
Answer show_part(Resources& resources, Exchange& exchange);
Answer write_part(Resources& resources, Exchange& exchange);
Answer write_content(Resources& resources, Exchange& exchange);
Answer complete_upload(Resources& resources, Exchange& exchange);
Answer download_media(Resources& resources, Exchange& exchange);
Answer download_preview(Resources& resources, Exchange& exchange);

Answer show_keys(Resources& resources, Exchange& exchange);
Answer show_openapi(Resources& resources, Exchange& exchange);
Answer show_docs(Resources& resources, Exchange& exchange);
/// {"links": [{"path", "title"}]}, or a page with them for a browser.
Answer show_start(Resources& resources, Exchange& exchange);
Answer show_liveness(Resources& resources, Exchange& exchange);

}  // namespace vigie::http
