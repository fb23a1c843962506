#pragma once

#include <array>
#include <string_view>

#include "server/domain/code.hpp"

namespace vigie::http {

/// One kind of refusal or failure. `code` is stable and public: it names the kind to programs.
/// Literals.
struct ProblemType {
  std::string_view code;
  int status;
  std::string_view title;
  /// Seconds after which trying again makes sense; 0: it does not.
  int retry_after_s = 0;
};

/// Every status of an error is given out here: by the protocol in this list, by the domain below.
namespace problems {

// clang-format off
inline constexpr ProblemType kMalformedRequest{"malformed_request", 400, "The request is not valid HTTP"};
inline constexpr ProblemType kMalformedTarget{"malformed_target", 400, "The URI has an invalid escape"};
inline constexpr ProblemType kMalformedJson{"malformed_json", 400, "The content is not valid JSON in UTF-8"};
inline constexpr ProblemType kDuplicateMember{"duplicate_member", 400, "A JSON object has two members of one name"};
inline constexpr ProblemType kJsonTooDeep{"json_too_deep", 400, "The JSON is nested too deeply"};
inline constexpr ProblemType kNumberOutOfRange{"number_out_of_range", 400, "A number is too large to be represented"};
inline constexpr ProblemType kBodyIncomplete{"body_incomplete", 400, "The content ended before its announced length"};
inline constexpr ProblemType kInvalidIdempotencyKey{"invalid_idempotency_key", 400, "The Idempotency-Key is not acceptable"};
inline constexpr ProblemType kRouteNotFound{"route_not_found", 404, "There is no such resource"};
inline constexpr ProblemType kMethodNotAllowed{"method_not_allowed", 405, "The resource does not have this method"};
inline constexpr ProblemType kNotAcceptable{"not_acceptable", 406, "The resource is not available in an accepted media type"};
inline constexpr ProblemType kHeaderTooSlow{"header_too_slow", 408, "The header of the request took too long"};
inline constexpr ProblemType kBodyTooSlow{"body_too_slow", 408, "The content of the request took too long"};
inline constexpr ProblemType kContentTooLarge{"content_too_large", 413, "The content is larger than the resource takes"};
inline constexpr ProblemType kUriTooLong{"uri_too_long", 414, "The URI is too long"};
inline constexpr ProblemType kUnsupportedMediaType{"unsupported_media_type", 415, "The content is not of a media type the resource takes"};
inline constexpr ProblemType kRangeNotSatisfiable{"range_not_satisfiable", 416, "The content has none of these bytes"};
inline constexpr ProblemType kExpectationFailed{"expectation_failed", 417, "The expectation cannot be met"};
inline constexpr ProblemType kHeaderTooLarge{"header_too_large", 431, "The header of the request is too large"};
inline constexpr ProblemType kMethodNotImplemented{"method_not_implemented", 501, "The method is not known"};
inline constexpr ProblemType kCodingNotImplemented{"coding_not_implemented", 501, "The transfer coding is not known"};
inline constexpr ProblemType kTooManyConnections{"too_many_connections", 503, "The server has too many connections", 1};
inline constexpr ProblemType kShuttingDown{"shutting_down", 503, "The server is shutting down", 5};
inline constexpr ProblemType kVersionNotSupported{"version_not_supported", 505, "The version of HTTP is not supported"};

/// In the order of domain::Code.
inline constexpr std::array<ProblemType, domain::kCodeNames.size()> kOfDomain{{
    {name_of(domain::Code::kInternal), 500, "The server failed unexpectedly"},
    {name_of(domain::Code::kValidationFailed), 422, "The request has fields that are not acceptable"},
    {name_of(domain::Code::kNotAuthenticated), 401, "Authentication is required"},
    {name_of(domain::Code::kInvalidCredentials), 401, "The credentials are wrong"},
    {name_of(domain::Code::kInvalidToken), 401, "The token is not valid"},
    {name_of(domain::Code::kRefreshTokenReused), 401, "The refresh token was used before"},
    {name_of(domain::Code::kForbidden), 403, "The caller may not do this"},
    {name_of(domain::Code::kNotFound), 404, "There is no such thing"},
    {name_of(domain::Code::kEmailTaken), 409, "The e-mail address is taken"},
    {name_of(domain::Code::kStatusChangeNotAllowed), 409, "The status does not allow this"},
    {name_of(domain::Code::kVersionMismatch), 412, "The resource has changed"},
    {name_of(domain::Code::kVersionRequired), 428, "If-Match is required"},
    {name_of(domain::Code::kInvalidCursor), 400, "The cursor is not valid"},
    {name_of(domain::Code::kIdempotencyKeyReused), 422, "The Idempotency-Key was used for another request"},
    {name_of(domain::Code::kIdempotencyKeyInFlight), 409, "The first request with this Idempotency-Key is still running", 1},
    {name_of(domain::Code::kRateLimited), 429, "Too many requests", 1},
    {name_of(domain::Code::kShareExceeded), 429, "The caller holds its share of what is for all", 1},
    {name_of(domain::Code::kUnavailable), 503, "A part of the service is not available", 2},
    {name_of(domain::Code::kOverloaded), 503, "The service is overloaded", 1},
    {name_of(domain::Code::kDeadlineExceeded), 503, "The request took too long", 1},
    {name_of(domain::Code::kQuotaExceeded), 413, "The account has no room for this"},
    {name_of(domain::Code::kUploadIncomplete), 409, "Parts of the upload are missing"},
    {name_of(domain::Code::kUploadBusy), 409, "Another request is writing to this upload", 1},
    {name_of(domain::Code::kChecksumMismatch), 422, "The content is not what its checksum or size says"},
    {name_of(domain::Code::kMediaTypeNotAllowed), 422, "The content is of a type that is not taken"},
    {name_of(domain::Code::kAccountDisabled), 403, "The account is disabled"},
    {name_of(domain::Code::kResetNotOffered), 403, "Passwords are reset by an operator here"},
    // RFC 4918, 11.5: not to be repeated by itself, so without Retry-After.
    {name_of(domain::Code::kStorageFull), 507, "The store has no room for this"},
}};
// clang-format on

constexpr const ProblemType& of(domain::Code code) noexcept {
  return kOfDomain[static_cast<std::size_t>(code)];
}

inline constexpr auto kOfProtocol = std::to_array<const ProblemType*>(
    {&kMalformedRequest,     &kMalformedTarget,    &kMalformedJson,  &kDuplicateMember,
     &kJsonTooDeep,          &kNumberOutOfRange,   &kBodyIncomplete, &kInvalidIdempotencyKey,
     &kRouteNotFound,        &kMethodNotAllowed,   &kNotAcceptable,  &kHeaderTooSlow,
     &kBodyTooSlow,          &kContentTooLarge,    &kUriTooLong,     &kUnsupportedMediaType,
     &kRangeNotSatisfiable,  &kExpectationFailed,  &kHeaderTooLarge, &kMethodNotImplemented,
     &kCodingNotImplemented, &kTooManyConnections, &kShuttingDown,   &kVersionNotSupported});

}  // namespace problems
}  // namespace vigie::http
