#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace vigie::domain {

/// Why a use-case or a port refused. The names are part of the public API (the `code` of a problem
/// document); HTTP statuses are assigned in server/http/problem.cpp and nowhere else.
enum class Code : std::uint8_t {
  kInternal,
  kValidationFailed,
  kNotAuthenticated,
  kInvalidCredentials,
  kInvalidToken,
  kRefreshTokenReused,
  kForbidden,
  kNotFound,
  kEmailTaken,
  kStatusChangeNotAllowed,
  kVersionMismatch,
  kVersionRequired,
  kInvalidCursor,
  kIdempotencyKeyReused,
  kIdempotencyKeyInFlight,
  kRateLimited,
  kShareExceeded,
  kUnavailable,
  kOverloaded,
  kDeadlineExceeded,
  kQuotaExceeded,
  kUploadIncomplete,
  kUploadBusy,
  kChecksumMismatch,
  kMediaTypeNotAllowed,
  kAccountDisabled,
  kResetNotOffered,
  kStorageFull,
};

/// Stable, machine-readable name of each code, in the order of the enumeration.
inline constexpr std::array<std::string_view, 28> kCodeNames = {
    "internal",
    "validation_failed",
    "not_authenticated",
    "invalid_credentials",
    "invalid_token",
    "refresh_token_reused",
    "forbidden",
    "not_found",
    "email_taken",
    "status_change_not_allowed",
    "version_mismatch",
    "version_required",
    "invalid_cursor",
    "idempotency_key_reused",
    "idempotency_key_in_flight",
    "rate_limited",
    "share_exceeded",
    "unavailable",
    "overloaded",
    "deadline_exceeded",
    "quota_exceeded",
    "upload_incomplete",
    "upload_busy",
    "checksum_mismatch",
    "media_type_not_allowed",
    "account_disabled",
    "reset_not_offered",
    "storage_full",
};

constexpr std::string_view name_of(Code code) noexcept {
  return kCodeNames[static_cast<std::size_t>(code)];
}

static_assert(kCodeNames.size() == static_cast<std::size_t>(Code::kStorageFull) + 1);

}  // namespace vigie::domain
