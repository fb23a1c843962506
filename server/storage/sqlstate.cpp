#include "server/storage/sqlstate.hpp"

#include <array>
#include <utility>

namespace vigie::storage {
namespace {

using domain::Code;

/// Texts for the client: they say what to do, and nothing of how things are stored. Of codes that
/// mean one thing, whatever has failed.
constexpr std::string_view message_of(Code code) {
  switch (code) {
    case Code::kEmailTaken:
      return "An account with this e-mail exists.";
    case Code::kUnavailable:
      return "The service cannot reach its store at the moment; try again shortly.";
    case Code::kOverloaded:
      return "The service is busy; try again shortly.";
    case Code::kDeadlineExceeded:
      return "The request took too long.";
    default:
      return "Something went wrong on our side.";
  }
}

struct StateCode {
  std::string_view prefix;  // a whole SQLSTATE or its beginning; the first match counts
  Code code;
};

// clang-format off
constexpr auto kStateCodes = std::to_array<StateCode>({
    {"57014", Code::kDeadlineExceeded},  // query_canceled: by us, or statement_timeout
    {"57P", Code::kUnavailable},         // admin_shutdown, crash_shutdown, cannot_connect_now, …
    {"08", Code::kUnavailable},          // connection_exception
    {"25006", Code::kUnavailable},       // read_only_sql_transaction: a standby, mid-failover
    {"25P03", Code::kUnavailable},       // idle_in_transaction_session_timeout
    {"53", Code::kOverloaded},           // insufficient_resources
    {"55P03", Code::kOverloaded},        // lock_not_available: lock_timeout
    {"40", Code::kOverloaded},           // transaction_rollback: deadlock, serialization
});

/// A constraint says more than its code: what is told to the client is a matter of the row.
struct ConstraintCode {
  std::string_view constraint;
  Code code;
  std::string_view message;
};
constexpr auto kConstraintCodes = std::to_array<ConstraintCode>({
    {"accounts_email_key", Code::kEmailTaken, message_of(Code::kEmailTaken)},
    {"jobs_unique_key", Code::kStatusChangeNotAllowed, "Another job with its unique key waits or runs."},
});
// clang-format on

/// What a failure is called, and what the client is told of it.
struct Verdict {
  Code code = Code::kInternal;
  std::string_view message;
};

Verdict verdict_on(const Failure& failure) {
  for (const auto& [constraint, code, message] : kConstraintCodes) {
    if (failure.constraint == constraint) return {code, message};
  }
  constexpr std::string_view kCharacterNotInRepertoire = "22021";  // NUL in a text
  if (failure.sqlstate == kCharacterNotInRepertoire) {
    return {Code::kValidationFailed, "A text holds a character that cannot be stored."};
  }
  for (const auto& [prefix, code] : kStateCodes) {
    if (failure.sqlstate.starts_with(prefix)) return {code, message_of(code)};
  }
  return {Code::kInternal, message_of(Code::kInternal)};
}

/// Of a data exception (class 22) what stands before the value, which it quotes and which is the
/// client's.
std::string_view told_of(const Failure& failure) {
  const std::string_view message = failure.message;
  return failure.sqlstate.starts_with("22") ? message.substr(0, message.find('"')) : message;
}

}  // namespace

domain::Error error_of(const Failure& failure) {
  std::string detail(failure.sqlstate);
  const std::string_view message = told_of(failure);
  if (!message.empty()) detail.append(detail.empty() ? "" : ": ").append(message);
  const Verdict verdict = verdict_on(failure);
  return {
      .code = verdict.code, .message = std::string(verdict.message), .detail = std::move(detail)};
}

domain::Error error_of(domain::Code code, std::string detail) {
  return {.code = code, .message = std::string(message_of(code)), .detail = std::move(detail)};
}

bool may_repeat(std::string_view sqlstate) noexcept {
  return sqlstate.starts_with("40") && sqlstate != "40003";
}

bool ends_session(std::string_view sqlstate) noexcept {
  return sqlstate.starts_with("57P") || sqlstate.starts_with("08") || sqlstate == "25P03";
}

}  // namespace vigie::storage
