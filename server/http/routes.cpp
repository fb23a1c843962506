#include "server/http/routes.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <iterator>

#include "server/http/media_type.hpp"
#include "server/http/route_classes.hpp"
#include "telemetry/catalogue/metrics.hpp"

namespace vigie::http {
namespace {

using enum Access;
using enum Method;
using namespace problems;
using namespace media_types;
using domain::Code;

constexpr std::uint64_t kSmallBody = 4'096;
// The longest texts of an event are some 46 KiB in UTF-8, and up to thrice that with escapes.
constexpr std::uint64_t kEventBody = 131'072;
constexpr std::uint64_t kPartBody = std::uint64_t{64} << 20;
// Hashing what was uploaded: some 4 seconds for 1 GiB on one core without instructions for SHA.
constexpr std::chrono::milliseconds kHashing{120'000};

// Parameters, by their names in the API description.
constexpr auto kAccountId = std::to_array<std::string_view>({"AccountId"});
constexpr auto kEventId = std::to_array<std::string_view>({"EventId"});
constexpr auto kMediaId = std::to_array<std::string_view>({"MediaId"});
constexpr auto kPart = std::to_array<std::string_view>({"MediaId", "PartNumber"});
constexpr auto kPreview = std::to_array<std::string_view>({"MediaId", "PreviewName"});
constexpr auto kEventFilters =
    std::to_array<std::string_view>({"Owner", "Status", "Category", "Tag", "StartsAfter",
                                     "StartsBefore", "Search", "Sort", "Limit", "Cursor"});
constexpr auto kMediaFilters = std::to_array<std::string_view>({"OfEvent", "Limit", "Cursor"});

// clang-format off
constexpr auto kRows = std::to_array<ApiRoute>({
  {{.operation = "registerAccount", .method = kPost, .pattern = "/api/v1/accounts",
    .request_type = kJson, .request_schema = "NewAccount", .body_bytes_max = kSmallBody,
    .response_type = kJson, .response_schema = "Account", .success = 201, .is_keyed = true,
    .tag = "Accounts", .summary = "Register an account",
    .description = "The account has the role `user`. An organiser's or administrator's role is given by an operator.",
    .problems = {&of(Code::kEmailTaken)}},
   register_account, prepare_registration},
  {{.operation = "showOwnAccount", .method = kGet, .pattern = "/api/v1/accounts/me", .access = kRequired,
    .response_type = kJson, .response_schema = "Account",
    .tag = "Accounts", .summary = "Show the caller's account"},
   show_own_account},
  {{.operation = "changePassword", .method = kPost, .pattern = "/api/v1/accounts/me/password", .access = kRequired,
    .request_type = kJson, .request_schema = "PasswordChange", .body_bytes_max = kSmallBody, .success = 204,
    .tag = "Accounts", .summary = "Change the caller's password",
    .description = "Ends all other sessions of the account, and makes every token of a password reset worthless.",
    .problems = {&of(Code::kForbidden)}},
   change_password},
  {{.operation = "endSessions", .method = kDelete, .pattern = "/api/v1/accounts/me/sessions", .access = kRequired, .success = 204,
    .tag = "Accounts", .summary = "Sign the caller out everywhere",
    .description = "Ends every session of the account, this one too. Access tokens of an ended session are refused within seconds."},
   end_sessions},
  {{.operation = "deleteAccount", .method = kPost, .pattern = "/api/v1/accounts/me/delete", .access = kRequired,
    .request_type = kJson, .request_schema = "Password", .body_bytes_max = kSmallBody, .success = 204,
    .tag = "Accounts", .summary = "Delete the caller's account",
    .description = "For good. Its e-mail address, name and password are forgotten at once; its drafts, and media that no published event shows, soon. Events that were published stay, as those of nobody.",
    .problems = {&of(Code::kForbidden)}},
   delete_account},
  {{.operation = "disableAccount", .method = kPost, .pattern = "/api/v1/accounts/{id}/disable", .path_parameters = kAccountId, .access = kRequired, .success = 204,
    .tag = "Accounts", .summary = "Disable an account",
    .description = "For administrators, of others. Ends its sessions, and nobody signs in until it is enabled. Takes no content; one that is disabled stays so.",
    .problems = {&of(Code::kForbidden), &of(Code::kNotFound)}},
   disable_account},
  {{.operation = "enableAccount", .method = kPost, .pattern = "/api/v1/accounts/{id}/enable", .path_parameters = kAccountId, .access = kRequired, .success = 204,
    .tag = "Accounts", .summary = "Enable an account",
    .description = "For administrators, of others. Takes no content; one that is enabled stays so.",
    .problems = {&of(Code::kForbidden), &of(Code::kNotFound)}},
   enable_account},
  {{.operation = "endSessionsOf", .method = kPost, .pattern = "/api/v1/accounts/{id}/end-sessions", .path_parameters = kAccountId, .access = kRequired, .success = 204,
    .tag = "Accounts", .summary = "Sign an account out everywhere",
    .description = "For administrators, of others. Takes no content.",
    .problems = {&of(Code::kForbidden), &of(Code::kNotFound)}},
   end_sessions_of},

  // No Idempotency-Key where tokens are answered: no token is ever stored.
  {{.operation = "logIn", .method = kPost, .pattern = "/api/v1/auth/login",
    .request_type = kJson, .request_schema = "Credentials", .body_bytes_max = kSmallBody,
    .response_type = kJson, .response_schema = "TokenPair",
    .tag = "Sessions", .summary = "Sign in with e-mail and password",
    .description = "Attempts are limited by account and address. An unknown account and a wrong password are answered alike.",
    .problems = {&of(Code::kInvalidCredentials), &of(Code::kAccountDisabled)}},
   log_in},
  {{.operation = "refreshSession", .method = kPost, .pattern = "/api/v1/auth/refresh",
    .request_type = kJson, .request_schema = "RefreshToken", .body_bytes_max = kSmallBody,
    .response_type = kJson, .response_schema = "TokenPair",
    .tag = "Sessions", .summary = "Trade a refresh token for new tokens",
    .description = "A refresh token can be used once. Using it again ends every session that came from the same sign-in.",
    .problems = {&of(Code::kInvalidToken), &of(Code::kRefreshTokenReused)}},
   refresh_session},
  {{.operation = "logOut", .method = kPost, .pattern = "/api/v1/auth/logout",
    .request_type = kJson, .request_schema = "RefreshToken", .body_bytes_max = kSmallBody, .success = 204,
    .tag = "Sessions", .summary = "End the session of a refresh token",
    .description = "Its access tokens are refused within seconds. A token that is unknown is no error."},
   log_out},
  {{.operation = "requestPasswordReset", .method = kPost, .pattern = "/api/v1/auth/password-resets",
    .request_type = kJson, .request_schema = "ResetRequest", .body_bytes_max = kSmallBody, .success = 202,
    .success_description = "The token is on its way, if an account has this address.",
    .tag = "Sessions", .summary = "Ask for a token that sets another password",
    .description = "It is sent to the address, if an account has it; the answer is the same if none has. A server that sends no mails refuses every request: its operator gives tokens out.",
    .problems = {&of(Code::kResetNotOffered)}},
   request_password_reset},
  {{.operation = "completePasswordReset", .method = kPost, .pattern = "/api/v1/auth/password-resets/complete",
    .request_type = kJson, .request_schema = "PasswordReset", .body_bytes_max = kSmallBody, .success = 204,
    .tag = "Sessions", .summary = "Set another password with a token",
    .description = "Ends all sessions of the account. A token is good once, and for half an hour by default."},
   complete_password_reset},
  {{.operation = "showKeys", .method = kGet, .pattern = "/.well-known/jwks.json",
    .response_type = kJwkSet, .response_schema = "JwkSet", .has_entity_tag = true,
    .tag = "Sessions", .summary = "Show the public keys of access tokens",
    .description = "A JWK set (RFC 7517), for services that verify access tokens themselves."},
   show_keys},

  {{.operation = "createEvent", .method = kPost, .pattern = "/api/v1/events", .access = kRequired,
    .request_type = kJson, .request_schema = "NewEvent", .body_bytes_max = kEventBody,
    .response_type = kJson, .response_schema = "Event", .success = 201, .is_versioned = true, .is_keyed = true,
    .tag = "Events", .summary = "Create an event as a draft",
    .description = "For organisers and administrators. A draft is seen by its owner and by administrators only.",
    .problems = {&of(Code::kForbidden)}},
   create_event},
  {{.operation = "listEvents", .method = kGet, .pattern = "/api/v1/events", .access = kOptional,
    .response_type = kJson, .response_schema = "EventPage", .has_filters = true, .filters = kEventFilters,
    .tag = "Events", .summary = "List events, page by page",
    .description = "Follow `next_cursor`, or the Link header, until there is none. Events that come or go meanwhile neither repeat nor hide others. A cursor is good for the filters and the sort it was made for; the limit may change.",
    .problems = {&of(Code::kValidationFailed), &of(Code::kInvalidCursor)}},
   list_events},
  {{.operation = "showEvent", .method = kGet, .pattern = "/api/v1/events/{id}", .path_parameters = kEventId, .access = kOptional,
    .response_type = kJson, .response_schema = "Event", .has_entity_tag = true,
    .tag = "Events", .summary = "Show an event",
    .description = "A draft of somebody else is not found.",
    .problems = {&of(Code::kNotFound)}},
   show_event},
  {{.operation = "updateEvent", .method = kPatch, .pattern = "/api/v1/events/{id}", .path_parameters = kEventId, .access = kRequired,
    .request_type = kMergePatch, .request_schema = "EventPatch", .body_bytes_max = kEventBody,
    .response_type = kJson, .response_schema = "Event", .is_versioned = true, .is_keyed = true,
    .tag = "Events", .summary = "Change fields of an event",
    .description = "A JSON merge patch (RFC 7396): what is left out stays, `null` empties an optional field. For the owner and administrators; a cancelled event cannot be changed.",
    .problems = {&of(Code::kForbidden), &of(Code::kNotFound), &of(Code::kStatusChangeNotAllowed),
                 &of(Code::kVersionMismatch), &of(Code::kVersionRequired)}},
   update_event},
  {{.operation = "deleteEvent", .method = kDelete, .pattern = "/api/v1/events/{id}", .path_parameters = kEventId, .access = kRequired,
    .success = 204,
    .tag = "Events", .summary = "Delete an event",
    .description = "For the owner and administrators.",
    .problems = {&of(Code::kForbidden), &of(Code::kNotFound), &of(Code::kVersionMismatch), &of(Code::kVersionRequired)}},
   delete_event},
  {{.operation = "publishEvent", .method = kPost, .pattern = "/api/v1/events/{id}/publish", .path_parameters = kEventId, .access = kRequired,
    .response_type = kJson, .response_schema = "Event", .is_versioned = true, .is_keyed = true,
    .tag = "Events", .summary = "Publish a draft",
    .description = "For the owner and administrators. Takes no content.",
    .problems = {&of(Code::kForbidden), &of(Code::kNotFound), &of(Code::kStatusChangeNotAllowed), &of(Code::kVersionMismatch)}},
   publish_event},
  {{.operation = "cancelEvent", .method = kPost, .pattern = "/api/v1/events/{id}/cancel", .path_parameters = kEventId, .access = kRequired,
    .response_type = kJson, .response_schema = "Event", .is_versioned = true, .is_keyed = true,
    .tag = "Events", .summary = "Cancel an event",
    .description = "For the owner and administrators, of a published event. Takes no content. A cancelled event can only be deleted.",
    .problems = {&of(Code::kForbidden), &of(Code::kNotFound), &of(Code::kStatusChangeNotAllowed), &of(Code::kVersionMismatch)}},
   cancel_event},

  {{.operation = "createMedia", .method = kPost, .pattern = "/api/v1/media", .access = kRequired,
    .request_type = kJson, .request_schema = "NewMedia", .body_bytes_max = kSmallBody,
    .response_type = kJson, .response_schema = "Upload", .success = 201, .is_keyed = true,
    .tag = "Media", .summary = "Begin an upload",
    .description = "Then send its parts, in any order and several at once, and complete it; or its content in one request. A media of an event is for who may edit that event. What an account uploads counts against its quota until it is purged. 507 when the account has room, and all accounts together, or the store, have none.",
    .problems = {&of(Code::kForbidden), &of(Code::kNotFound), &of(Code::kQuotaExceeded), &of(Code::kStorageFull)}},
   create_media},
  {{.operation = "listMedia", .method = kGet, .pattern = "/api/v1/media", .access = kOptional,
    .response_type = kJson, .response_schema = "MediaPage", .has_filters = true, .filters = kMediaFilters,
    .tag = "Media", .summary = "List the caller's media, or those of an event",
    .description = "The newest first. With `event_id` for everybody who may see the event, without for who is signed in.",
    .problems = {&of(Code::kNotAuthenticated), &of(Code::kNotFound), &of(Code::kValidationFailed), &of(Code::kInvalidCursor)}},
   list_media},
  {{.operation = "showMedia", .method = kGet, .pattern = "/api/v1/media/{id}", .path_parameters = kMediaId, .access = kOptional,
    .response_type = kJson, .response_schema = "Media",
    .tag = "Media", .summary = "Show a media and its state",
    .description = "Seen by its owner, by administrators, and by whoever may see its event. An unfinished upload and a deleted media are seen by the first two alone.",
    .problems = {&of(Code::kNotFound)}},
   show_media},
  {{.operation = "deleteMedia", .method = kDelete, .pattern = "/api/v1/media/{id}", .path_parameters = kMediaId, .access = kRequired, .success = 204,
    .tag = "Media", .summary = "Delete a media, or abandon an upload",
    .description = "For the owner and administrators. A media is gone at once, and can be restored until it is purged; an unfinished upload is gone for good.",
    .problems = {&of(Code::kForbidden), &of(Code::kNotFound)}},
   delete_media},
  {{.operation = "restoreMedia", .method = kPost, .pattern = "/api/v1/media/{id}/restore", .path_parameters = kMediaId, .access = kRequired,
    .response_type = kJson, .response_schema = "Media", .is_keyed = true,
    .tag = "Media", .summary = "Restore a deleted media",
    .description = "For the owner and administrators. Takes no content.",
    .problems = {&of(Code::kForbidden), &of(Code::kNotFound), &of(Code::kStatusChangeNotAllowed)}},
   restore_media},
  {{.operation = "listParts", .method = kGet, .pattern = "/api/v1/media/{id}/parts", .path_parameters = kMediaId, .access = kRequired,
    .response_type = kJson, .response_schema = "Upload",
    .tag = "Media", .summary = "Show which parts of an upload are there",
    .description = "What was interrupted goes on with the parts that were not received.",
    .problems = {&of(Code::kForbidden), &of(Code::kNotFound), &of(Code::kStatusChangeNotAllowed)}},
   list_parts},
  {{.operation = "showPart", .method = kGet, .pattern = "/api/v1/media/{id}/parts/{number}", .path_parameters = kPart, .access = kRequired,
    .response_type = kJson, .response_schema = "MediaPart", .has_entity_tag = true,
    .tag = "Media", .summary = "Show whether a part is there",
    .description = "404 when it was not received completely. Its ETag is its SHA-256; HEAD is enough to ask.",
    .problems = {&of(Code::kForbidden), &of(Code::kNotFound), &of(Code::kStatusChangeNotAllowed)}},
   show_part},
  {{.operation = "writePart", .method = kPut, .pattern = "/api/v1/media/{id}/parts/{number}", .path_parameters = kPart, .access = kRequired,
    .body_bytes_max = kPartBody, .is_streamed = true, .response_type = kJson, .response_schema = "MediaPart",
    .tag = "Media", .summary = "Send a part of an upload",
    .description = "Its bytes, as many as belong there. May be repeated; the last complete one counts, and one that was begun anew does not count until it is complete. An answer of 200 means that the part survives a crash of the server. Slow clients are tolerated down to the minimum rate, for a bounded time.",
    .problems = {&of(Code::kForbidden), &of(Code::kNotFound), &of(Code::kStatusChangeNotAllowed), &of(Code::kChecksumMismatch), &of(Code::kUploadBusy),
                 &of(Code::kVersionMismatch), &of(Code::kStorageFull)}},
   write_part},
  // No Idempotency-Key: it would hold a transaction while gigabytes are hashed, and nothing happens twice without.
  {{.operation = "completeUpload", .method = kPost, .pattern = "/api/v1/media/{id}/complete", .path_parameters = kMediaId, .access = kRequired,
    .response_type = kJson, .response_schema = "Media", .success = 202,
    .success_description = "Verified and stored; a job makes its previews.", .has_location = true,
    .deadline = kHashing, .has_own_deadline = true,
    .tag = "Media", .summary = "Complete an upload",
    .description = "Verifies size, SHA-256 and type, and leaves previews to a job. Repeating it is harmless. Content of a type that is not taken, or not of the type declared, is dropped.",
    .problems = {&of(Code::kForbidden), &of(Code::kNotFound), &of(Code::kUploadIncomplete), &of(Code::kUploadBusy),
                 &of(Code::kChecksumMismatch), &of(Code::kMediaTypeNotAllowed), &of(Code::kStorageFull)}},
   complete_upload},
  {{.operation = "downloadMedia", .method = kGet, .pattern = "/api/v1/media/{id}/content", .path_parameters = kMediaId, .access = kOptional,
    .has_ranges = true,
    .tag = "Media", .summary = "Download the content",
    .description = "For whoever may see the media, as soon as its upload is complete. The ETag is the SHA-256 of the content: a download goes on where it stopped with Range and If-Range.",
    .problems = {&of(Code::kNotFound)}},
   download_media},
  {{.operation = "writeContent", .method = kPut, .pattern = "/api/v1/media/{id}/content", .path_parameters = kMediaId, .access = kRequired,
    .body_bytes_max = kPartBody, .is_streamed = true, .response_type = kJson, .response_schema = "Media", .success = 202,
    .success_description = "Verified and stored; a job makes its previews.", .has_location = true,
    .deadline = kHashing, .has_own_deadline = true,
    .tag = "Media", .summary = "Upload the content in one request",
    .description = "Of at most 64 MiB: all its parts at once, completed. What was interrupted begins anew, or goes on with the parts that were received.",
    .problems = {&of(Code::kForbidden), &of(Code::kNotFound), &of(Code::kUploadIncomplete), &of(Code::kUploadBusy),
                 &of(Code::kChecksumMismatch), &of(Code::kMediaTypeNotAllowed), &of(Code::kStorageFull)}},
   write_content},
  {{.operation = "downloadPreview", .method = kGet, .pattern = "/api/v1/media/{id}/previews/{name}", .path_parameters = kPreview, .access = kOptional,
    .has_ranges = true,
    .tag = "Media", .summary = "Download a preview",
    .description = "Of a picture: `small`, `medium` or `large`, as `.webp` or `.jpeg`. The media says which there are.",
    .problems = {&of(Code::kNotFound)}},
   download_preview},

  {{.operation = "showStart", .method = kGet, .pattern = "/",
    .response_type = kJson, .response_schema = "Start", .has_page = true,
    .tag = "Service", .summary = "Say what is where",
    .description = "A page with links for who asks for HTML before JSON."},
   show_start},
  {{.operation = "showOpenapi", .method = kGet, .pattern = "/api/v1/openapi.json",
    .response_type = kJson, .response_schema = "OpenapiDocument", .has_entity_tag = true,
    .tag = "Service", .summary = "Describe this API"},
   show_openapi},
  {{.operation = "showDocs", .method = kGet, .pattern = "/api/v1/docs",
    .response_type = kHtml, .response_schema = "Page", .has_entity_tag = true,
    .tag = "Service", .summary = "Show this description as a page"},
   show_docs},
  {{.operation = "showLiveness", .method = kGet, .pattern = "/livez",
    .response_type = kJson, .response_schema = "Liveness", .is_probe = true,
    .tag = "Service", .summary = "Say that the process answers"},
   show_liveness},
});
// clang-format on

/// Pre: alerts/objectives.json gives the route a class; one without does not compile.
constexpr const RouteClass& class_of(std::string_view pattern) {
  const RouteClass* found = nullptr;
  for (const RouteClass& candidate : kRouteClasses) {
    for (std::string_view member : candidate.patterns) {
      if (member != pattern) continue;
      if (found != nullptr) throw "a route has two classes";
      found = &candidate;
    }
  }
  if (found == nullptr) throw "a route has no class";
  return *found;
}

consteval std::chrono::milliseconds slow_after(const RouteClass& of) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(of.slow_after_seconds * 1'000));
}

/// The table, each route slow from its class's threshold on.
consteval auto classified(auto rows) {
  for (ApiRoute& row : rows) row.route.slow_after = slow_after(class_of(row.route.pattern));
  return rows;
}

constexpr auto kRoutes = classified(kRows);

consteval bool are_path_parameters_described() {
  return std::ranges::all_of(kRows, [](const ApiRoute& row) {
    return std::ranges::count(row.route.pattern, '{') == std::ssize(row.route.path_parameters);
  });
}
static_assert(are_path_parameters_described());

// Slow traces are those of the histogram's upper buckets, and those are what the objective counts.
consteval bool are_thresholds_bucket_edges() {
  return std::ranges::all_of(kRouteClasses, [](const RouteClass& row) {
    return std::ranges::count(telemetry::metrics::kHttpRequestBuckets, row.slow_after_seconds) == 1;
  });
}
static_assert(are_thresholds_bucket_edges());
static_assert(Route{}.slow_after == slow_after(class_of("/livez")),
              "what is not in the table is of the class `service`");

std::string_view name_of(Access access) noexcept {
  static constexpr std::array<std::string_view, 3> kNames = {"public", "optional", "required"};
  return kNames[static_cast<std::size_t>(access)];
}

void append_padded(std::string& line, std::string_view text, std::size_t width) {
  line += text;
  line.append(width > text.size() ? width - text.size() : 1, ' ');
}

}  // namespace

std::span<const ApiRoute> api_routes() noexcept { return kRoutes; }

std::string describe_routes() {
  std::string text;
  for (const ApiRoute& row : kRoutes) {
    const Route& route = row.route;
    append_padded(text, http::name_of(route.method), 8);
    append_padded(text, route.pattern, 36);
    append_padded(text, name_of(route.access), 10);
    append_padded(text, std::to_string(route.success), 5);
    append_padded(text, route.is_keyed ? "keyed" : "-", 7);
    append_padded(text, std::to_string(route.body_bytes_max), 8);
    append_padded(text, class_of(route.pattern).name, 10);
    text += route.summary;
    text += '\n';
  }
  return text;
}

}  // namespace vigie::http
